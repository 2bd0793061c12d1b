// Command cases runs fault cases through the real code and prints a line for
// each: pages over a real HTTPS server, sequences through the whole watcher with
// a fake clock, messages through the formatter. A case is a folder; the README
// in testdata says what its files hold.
//
//	cases [DIR]
//	cases prices [FILE]
//
// The second reads the price strings of a file, a JSON object a line: text,
// currency_hint (what stands near it), currency as a person reads it, amount.
//
// It exits with 1 if a case failed, and with 2 if the cases can't be read.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	of, what, args := run, "testdata", os.Args[1:]
	if len(args) > 0 && args[0] == "prices" {
		of, what, args = runPrices, "testdata/prices.jsonl", args[1:]
	}
	switch len(args) {
	case 0:
	case 1:
		what = args[0]
	default:
		fmt.Fprintln(os.Stderr, "usage: cases [DIR], cases prices [FILE]")
		os.Exit(2)
	}
	failed, err := of(os.Stdout, what)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cases:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// run runs all cases of a folder and prints how they ended.
func run(w io.Writer, dir string) (failed int, err error) {
	cases, err := load(dir)
	if err != nil {
		return 0, err
	}
	shop, err := newShop()
	if err != nil {
		return 0, err
	}
	defer shop.close()
	for _, c := range cases {
		faults := c.run(shop)
		if len(faults) == 0 {
			fmt.Fprintf(w, "ok    %s\n", c.name)
			continue
		}
		failed++
		for _, f := range faults {
			fmt.Fprintf(w, "FAIL  %s: %s\n", c.name, f)
		}
	}
	fmt.Fprintf(w, "%d passed, %d failed\n", len(cases)-failed, failed)
	return failed, nil
}
