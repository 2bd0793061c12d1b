package notify

import (
	"fmt"
	"os/exec"
)

// run runs a tool; its error is what it says.
func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if said := cutBytes(line(string(out)), longestError); err != nil && said != "" {
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}
