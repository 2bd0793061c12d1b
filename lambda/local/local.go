// Package local is what the core needs on one machine: a FileStore for the
// state and the evidence, a Console for the alerts, and a Loop that checks each
// checker at its own interval and is polite to the shops.
//
// Loop.Run is its main entry. It is given a watcher's Check, and the watcher's
// fetcher must be the one that Loop.Polite returns:
//
//	loop := local.NewLoop(local.Limits{})
//	watcher := &watch.Watcher{Store: store, Fetcher: loop.Polite(fetcher), ...}
//	err := loop.Run(ctx, checkers, watcher.Check, report)
package local
