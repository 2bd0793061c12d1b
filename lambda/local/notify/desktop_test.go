package notify

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// fakeTool puts a program of that name first, which writes its arguments into a
// file, one a line, and exits with a code.
func fakeTool(t *testing.T, name, script string) (args func() []string) {
	if runtime.GOOS == "windows" {
		t.Skip("left out: no shell scripts here")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "args")
	text := "#!/bin/sh\nfor arg; do printf '%s\\0' \"$arg\"; done >" + file + "\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return func() []string {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
	}
}

func TestDesktop(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("left out: notify-send is of other systems")
	}
	args := fakeTool(t, "notify-send", "")
	a := lamp()
	a.Items[0].Title = "--help <b>$(reboot)</b>"
	for _, test := range []struct {
		status  watch.Status
		words   checker.Messages
		urgency string
		title   string
		body    string
	}{
		{watch.ItemsInStock, checker.Messages{}, "critical", "--help <b>$(reboot)</b> in stock at €49.90 · shop.example", "https://shop.example/p/kestrel-9\n\n--help &lt;b&gt;$(reboot)&lt;/b&gt;"},
		{watch.ItemsGone, checker.Messages{}, "normal", "--help <b>$(reboot)</b> no longer in stock (1 other still in stock) · shop.example", "https://shop.example/p/kestrel-9\n\n--help &lt;b&gt;$(reboot)&lt;/b&gt;"},
		{watch.ItemsInStock, checker.Messages{Subject: "{{.Price}}", Short: "{{.Shop}}"}, "critical", "€49.90", "shop.example"},
	} {
		a.Status = test.status
		words, _ := NewWords(test.words)
		if err := (&desktop{"desktop", words}).Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		got := args()
		if len(got) != 5 || got[0] != "--app-name=stockcheck" || got[1] != "--urgency="+test.urgency || got[2] != "--" || got[3] != test.title || !strings.HasPrefix(got[4], test.body) {
			t.Errorf("%s: arguments %q", test.status, got)
		}
	}
}

func TestDesktopErrors(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("left out: notify-send is of other systems")
	}
	fakeTool(t, "notify-send", "echo 'cannot open display:' >&2; exit 3")
	if err := (&desktop{}).Send(t.Context(), lamp()); err == nil || err.Error() != "show on the desktop: exit status 3: cannot open display: (it must run in the session of somebody who is logged in to a desktop)" {
		t.Errorf("error %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := (&desktop{}).Send(t.Context(), lamp()); err == nil || err.Error() != "show on the desktop: there is no notify-send; install libnotify-bin (Debian, Ubuntu) or libnotify" {
		t.Errorf("error %v", err)
	}
}

// The toast of Windows is XML, whatever the texts are.
func TestToast(t *testing.T) {
	for _, p := range []popup{
		{title: "Lamp", body: "in stock", link: "https://shop.example/?a=1&b=2", urgent: true},
		{title: `]]></text>"'<&`, body: "\"@\n$(reboot)`\x00\x1b"},
	} {
		var got struct {
			Launch string   `xml:"launch,attr"`
			Type   string   `xml:"activationType,attr"`
			Text   []string `xml:"visual>binding>text"`
		}
		if err := xml.Unmarshal([]byte(toast(p)), &got); err != nil {
			t.Fatalf("%s: %v", toast(p), err)
		}
		body := strings.NewReplacer("\x00", "\uFFFD", "\x1b", "\uFFFD").Replace(p.body)
		if got.Launch != p.link || (got.Type == "protocol") != (p.link != "") || len(got.Text) != 2 || got.Text[0] != p.title || got.Text[1] != body {
			t.Errorf("%s: %+v", toast(p), got)
		}
	}
}
