//go:build unix && !darwin

package notify

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os/exec"
)

// popUp asks notify-send, which every desktop with D-Bus has or offers.
func popUp(ctx context.Context, p popup) error {
	tool, err := exec.LookPath("notify-send")
	if err != nil {
		return errors.New("there is no notify-send; install libnotify-bin (Debian, Ubuntu) or libnotify")
	}
	urgency := "normal"
	if p.urgent {
		urgency = "critical" // it stays until it is clicked away
	}
	// The body is markup to many desktops.
	err = run(exec.CommandContext(ctx, tool, "--app-name=stockcheck", "--urgency="+urgency, "--", p.title, html.EscapeString(p.body)))
	if err != nil {
		return fmt.Errorf("%w (it must run in the session of somebody who is logged in to a desktop)", err)
	}
	return nil
}
