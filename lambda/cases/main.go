// Command cases runs fault cases through the real code and prints a line for
// each: pages over a real HTTPS server, sequences through the whole watcher with
// a fake clock, messages through the formatter. A case is a folder; the README
// in testdata says what its files hold.
//
//	cases [DIR]
//
// It exits with 1 if a case failed, and with 2 if the cases can't be read.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	dir := "testdata"
	switch len(os.Args) {
	case 1:
	case 2:
		dir = os.Args[1]
	default:
		fmt.Fprintln(os.Stderr, "usage: cases [DIR]")
		os.Exit(2)
	}
	failed, err := run(os.Stdout, dir)
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
