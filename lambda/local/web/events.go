package web

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	mostClients  = 64
	clientQueue  = 32 // messages that a client may be behind
	heartbeat    = 20 * time.Second
	writeTimeout = 10 * time.Second
)

// message is one server-sent event.
type message struct {
	event string
	data  string // one line
}

// hub tells browsers what happens.
type hub struct {
	mu      sync.Mutex
	clients map[chan message]bool
	closed  bool
}

var errFull = errors.New("too many browsers listen")

// join makes a client, whose channel is closed when it is too far behind, or when the
// hub is.
func (h *hub) join() (chan message, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.clients) >= mostClients {
		return nil, errFull
	}
	if h.clients == nil {
		h.clients = map[chan message]bool{}
	}
	c := make(chan message, clientQueue)
	h.clients[c] = true
	return c, nil
}

func (h *hub) leave(c chan message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients[c] {
		delete(h.clients, c)
		close(c)
	}
}

func (h *hub) listeners() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

func (h *hub) tell(m message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		select {
		case c <- m:
		default:
			// It comes back, and then gets all anew.
			delete(h.clients, c)
			close(c)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		delete(h.clients, c)
		close(c)
	}
}

// serve sends a client what happens, until it goes away.
func (h *hub) serve(w http.ResponseWriter, r *http.Request, hello message) {
	client, err := h.join()
	if err != nil {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusServiceUnavailable, "Too many pages are open; this one is not kept up to date.")
		return
	}
	defer h.leave(client)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // for a proxy
	control := http.NewResponseController(w)
	write := func(text string) bool {
		if err := control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return false
		}
		if _, err := fmt.Fprint(w, text); err != nil {
			return false
		}
		return control.Flush() == nil
	}
	if !write("retry: 3000\n" + hello.text()) {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		text := ": still here\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
		case m, ok := <-client:
			if !ok {
				return
			}
			text = m.text()
		}
		if !write(text) {
			return
		}
	}
}

func (m message) text() string { return "event: " + m.event + "\ndata: " + m.data + "\n\n" }
