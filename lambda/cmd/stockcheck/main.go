// Command stockcheck watches product pages and tells when something comes in
// stock. It is the whole system on one machine, without an account anywhere.
//
//	stockcheck run                 watch every product of checkers.json
//	stockcheck run --once          check each once
//	stockcheck explain URL         what is read from a page, and why
//	stockcheck validate            all faults of checkers.json
//	stockcheck serve               the status page of a state alone
//	stockcheck status              what is known of each product
//	stockcheck history NAME        how a product's stock has changed
//	stockcheck notify-test         whether alerts arrive
//	stockcheck report --html FILE  the status page as one file
//	stockcheck add URL             put a product into checkers.json
//	stockcheck remove NAME         take it out again; pause and resume stop and start its checks
//	stockcheck import FILE         take over the products of another program
//	stockcheck cost                what checkers.json will cost a month on AWS
//
// It exits with 0, with 1 after a failure, and with 2 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// cli is the command line.
type cli struct {
	Run        runCommand        `cmd:"" help:"Watch every product of checkers.json until interrupted."`
	Explain    explainCommand    `cmd:"" help:"Say what is read from a page, with the evidence."`
	Validate   validateCommand   `cmd:"" help:"Report every fault of a checkers.json."`
	Status     statusCommand     `cmd:"" help:"Show what is known of each product."`
	Serve      serveCommand      `cmd:"" help:"Show the status page of a state, and check nothing."`
	History    historyCommand    `cmd:"" help:"Show how a product's stock has changed."`
	Report     reportCommand     `cmd:"" help:"Write the status page as one file."`
	NotifyTest notifyTestCommand `cmd:"" help:"Send a test alert to the channels of a checkers.json."`
	Add        addCommand        `cmd:"" help:"Put a product into checkers.json, after a look at its page."`
	Remove     removeCommand     `cmd:"" help:"Take products out of checkers.json; their state stays."`
	Pause      pauseCommand      `cmd:"" help:"Stop the checks of products, and keep their entries."`
	Resume     resumeCommand     `cmd:"" help:"Start the checks of paused products again."`
	Import     importCommand     `cmd:"" help:"Take over the products of changedetection.io, urlwatch or streetmerchant."`
	Cost       costCommand       `cmd:"" help:"Say what a checkers.json will cost a month on AWS."`
	Version    versionCommand    `cmd:"" help:"Say which version this is."`
	Completion completionCommand `cmd:"" help:"Print the script by which a shell completes the command line."`
	Man        manCommand        `cmd:"" help:"Print the man page."`
	Complete   completeCommand   `cmd:"" hidden:"" help:"Complete a command line, for the scripts of completion."`
}

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	color    bool // out shows colours
	terminal bool // err is a terminal, on which a line may be written anew
	width    int  // columns of the terminal that out is, 0: it is none

	interactive bool // in is a terminal, on which questions are answered
}

// errFailed ends a command that has said itself what failed.
var errFailed = errors.New("failed")

// usageError is a wrong use of the command.
type usageError struct{ error }

func main() {
	// Some notification services give a request no time limit of their own.
	http.DefaultClient.Timeout = 30 * time.Second
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		width = 0
	}
	os.Exit(command(os.Args[1:], &console{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, width: width,
		color:    term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		terminal: term.IsTerminal(int(os.Stderr.Fd())),

		interactive: term.IsTerminal(int(os.Stdin.Fd())),
	}))
}

// command runs the command line and returns the exit code.
func command(args []string, c *console) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	var root cli
	exit := -1
	parser, err := kong.New(&root,
		kong.Name("stockcheck"),
		kong.Description("Watches product pages and tells when something comes in stock."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
		kong.Vars{"state_help": stateHelp},
	)
	if err != nil {
		fmt.Fprintln(c.err, "stockcheck:", err)
		return exitFailure
	}
	if len(args) == 0 {
		parser.Parse([]string{"--help"})
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // --help was answered
		return exit
	}
	if err != nil {
		fmt.Fprintf(c.err, "stockcheck: %v; see stockcheck --help\n", err)
		return exitUsage
	}
	switch err := parsed.Run(parser); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailure
	case errors.As(err, &usageError{}):
		fmt.Fprintf(c.err, "stockcheck: %v; see stockcheck --help\n", err)
		return exitUsage
	default:
		fmt.Fprintln(c.err, "stockcheck:", err)
		return exitFailure
	}
}
