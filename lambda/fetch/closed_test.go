package fetch

import (
	"net"
	"strings"
	"testing"

	"stockchecker/lambda/checker"
)

// A server that closes a connection at once is told as that, whichever of the many
// errors of net/http comes of it: which one depends on who is faster.
func TestServerClosesAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	url := "http://" + l.Addr().String() + "/"
	cl := newClient(t, Options{})
	for range 500 {
		_, err := cl.Fetch(t.Context(), &checker.Checker{URL: url}, url)
		if err == nil || !strings.HasSuffix(err.Error(), " closed the connection without an answer: the next check tries again") {
			t.Fatalf("error is %v", err)
		}
	}
}
