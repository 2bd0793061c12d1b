// Package parts says which parts of the tests a machine cannot run.
package parts

import (
	"os"
	"testing"
)

// LeaveOut ends a test that the machine cannot run. With REQUIRE_ALL, where nothing
// may be left out, it fails.
func LeaveOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("REQUIRE_ALL") != "" {
		t.Fatal(why)
	}
	t.Skip("left out: " + why)
}
