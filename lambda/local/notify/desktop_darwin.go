package notify

import (
	"context"
	"errors"
	"os/exec"
)

// popUp asks the script interpreter of macOS. The texts are its arguments.
func popUp(ctx context.Context, p popup) error {
	tool, err := exec.LookPath("osascript")
	if err != nil {
		return errors.New("there is no osascript, which macOS has in /usr/bin; look at PATH")
	}
	const script = "on run argv\n display notification (item 2 of argv) with title (item 1 of argv) sound name \"Glass\"\nend run"
	return run(exec.CommandContext(ctx, tool, "-e", script, "--", p.title, p.body))
}
