package notify

import (
	"context"
	"fmt"

	"git.sr.ht/~jackmordaunt/go-toast/wintoast"
)

// popUp asks Windows itself for a toast, of which a click opens the link. The
// library's fallback to PowerShell is left alone: there a text is a command.
func popUp(_ context.Context, p popup) error {
	if err := wintoast.SetAppData(wintoast.AppData{AppID: "stockcheck"}); err != nil {
		return fmt.Errorf("register the program: %w", err)
	}
	return wintoast.Push(toast(p))
}
