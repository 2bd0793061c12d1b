package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCommand struct{}

func (*manCommand) Run(c *console, parser *kong.Kong) error {
	writeMan(c.out, parser.Model)
	return nil
}

// writeMan writes the man page of all that the command line takes.
func writeMan(w io.Writer, app *kong.Application) {
	fmt.Fprintf(w, ".TH STOCKCHECK 1\n.SH NAME\nstockcheck \\- watches product pages and tells when something comes in stock\n")
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B stockcheck\n.I command\n[\n.I flags\n]\n")
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s\nWhat is watched stands in checkers.json; what is known of it in the folder state.\n", roff(app.Help))
	fmt.Fprint(w, ".SH COMMANDS\n")
	for _, node := range app.Children {
		if node.Hidden {
			continue
		}
		fmt.Fprintf(w, ".SS stockcheck %s\n%s\n", roff(strings.TrimPrefix(node.Summary(), "stockcheck ")), roff(node.Help))
		for _, p := range node.Positional {
			fmt.Fprintf(w, ".TP\n.I %s\n%s\n", roff(p.Summary()), roff(p.Help))
		}
		for _, f := range node.Flags {
			if f.Hidden {
				continue
			}
			name := "--" + f.Name
			if f.Short != 0 {
				name = "-" + string(f.Short) + ", " + name
			}
			if !f.IsBool() {
				name += "=" + f.FormatPlaceHolder()
			}
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(name), roff(f.Help))
		}
	}
	fmt.Fprint(w, `.SH EXIT STATUS
0, 1 after a failure (of run \-\-once: if a check failed), 2 for a wrong use.
.SH ENVIRONMENT
.TP
.B NO_COLOR
If it is set, the output has no colours.
.TP
.B AWS_PROFILE, AWS_REGION \fRand others of AWS
For a state in S3.
.SH FILES
.TP
.I checkers.json
What is watched.
.TP
.I state
What is known of each product, a JSON file for each.
`)
}

// roff is a text without what roff would take for its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
