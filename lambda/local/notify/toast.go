package notify

import (
	"bytes"
	"encoding/xml"
)

// toast is a notification as Windows takes it.
func toast(p popup) string {
	escaped := func(s string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(s)) // a buffer takes all
		return b.String()
	}
	duration := "short"
	if p.urgent {
		duration = "long"
	}
	launch := ""
	if p.link != "" {
		launch = ` activationType="protocol" launch="` + escaped(p.link) + `"`
	}
	return `<toast` + launch + ` duration="` + duration + `"><visual><binding template="ToastGeneric"><text>` +
		escaped(p.title) + `</text><text>` + escaped(p.body) + `</text></binding></visual></toast>`
}
