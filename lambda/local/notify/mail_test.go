package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	gomail "github.com/wneessen/go-mail"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// postOffice is a real mail server on loopback.
type postOffice struct {
	address  string
	mu       sync.Mutex
	mails    []delivered
	password string // "": it asks for none
	refuse   string // an address
	silent   chan struct{}
}

type delivered struct {
	from, to string
	tls      bool
	user     string
	text     string
}

// newPostOffice starts one. encryption is "", "starttls" or "tls".
func newPostOffice(t *testing.T, encryption, password string) *postOffice {
	o := &postOffice{password: password}
	server := smtp.NewServer(o)
	server.AllowInsecureAuth = true
	var certificate *tls.Config
	if encryption != "" {
		https := httptest.NewTLSServer(nil) // for its certificate
		https.Close()
		certificate = https.TLS
		certificate.NextProtos = nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = listener.Addr().String()
	switch encryption {
	case "starttls":
		server.TLSConfig = certificate
	case "tls":
		listener = tls.NewListener(listener, certificate)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-ended
	})
	return o
}

func (o *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &counter{office: o, conn: c}, nil
}

type counter struct {
	office *postOffice
	conn   *smtp.Conn
	mail   delivered
}

func (c *counter) AuthMechanisms() []string {
	if c.office.password == "" {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

func (c *counter) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if password != c.office.password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "wrong password " + password}
		}
		c.mail.user = user
		return nil
	}
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	}
	return nil, errors.New("not here")
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	c.mail.from = from
	_, c.mail.tls = c.conn.TLSConnectionState()
	if c.office.password != "" && c.mail.user == "" {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == c.office.refuse {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user " + to}
	}
	c.mail.to = to
	return nil
}

func (c *counter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.mail.text = string(text)
	c.office.mu.Lock()
	silent := c.office.silent
	c.office.mails = append(c.office.mails, c.mail)
	c.office.mu.Unlock()
	if silent != nil {
		<-silent
	}
	return nil
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

func (o *postOffice) got() []delivered {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mails
}

func noEnv(string) (string, bool) { return "", false }

func TestMail(t *testing.T) {
	for _, test := range []struct {
		name, encryption, password, url string
		wantTLS                         bool
		wantUser                        string
	}{
		{"in clear on this machine", "", "", "smtp://ADDRESS/?from=me@example.com", false, ""},
		{"with a password on this machine", "", "pa ss", "smtp://me:pa%20ss@ADDRESS/?from=me@example.com", false, "me"},
		{"STARTTLS where it is offered", "starttls", "", "smtp://ADDRESS/?from=me@example.com&skiptlsverify=yes", true, ""},
		{"STARTTLS with a password", "starttls", "secret", "smtp://me%40example.com:secret@ADDRESS/?from=me@example.com&skiptlsverify=yes&encryption=starttls", true, "me@example.com"},
		{"TLS", "tls", "secret", "smtps://me:secret@ADDRESS/?from=me@example.com&skiptlsverify=yes&auth=plain", true, "me"},
		{"TLS, as shoutrrr writes it", "tls", "secret", "smtp://me:secret@ADDRESS/?fromAddress=me@example.com&skipTLSVerify=yes&encryption=ImplicitTLS", true, "me"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newPostOffice(t, test.encryption, test.password)
			cs, err := New(checker.Alerts{
				Email: []checker.Subscriber{{To: "you@example.com"}, {To: "they@example.com", Only: []string{"lamp"}}},
				URLs:  []checker.Channel{{Name: "mail", URL: strings.Replace(test.url, "ADDRESS", o.address, 1)}},
			}, Words{}, noEnv)
			if err != nil {
				t.Fatal(err)
			}
			if len(cs.Notes) > 0 || len(cs.For(&checker.Checker{Name: "ps5"})) != 1 {
				t.Errorf("notes %q, %d channels for ps5", cs.Notes, len(cs.For(&checker.Checker{Name: "ps5"})))
			}
			for _, n := range cs.For(&checker.Checker{Name: "lamp"}) {
				if err := n.Send(t.Context(), lamp()); err != nil {
					t.Fatal(err)
				}
			}
			mails := o.got()
			if len(mails) != 2 || mails[0].to != "you@example.com" || mails[1].to != "they@example.com" {
				t.Fatalf("mails %+v", mails)
			}
			if m := mails[0]; m.tls != test.wantTLS || m.user != test.wantUser || m.from != "me@example.com" {
				t.Errorf("TLS %v, user %q, from %q", m.tls, m.user, m.from)
			}
			checkMail(t, mails[0].text)
		})
	}
}

// checkMail looks at the mail as its reader's program does.
func checkMail(t *testing.T, text string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"Subject": subject, "body": strings.ReplaceAll(string(body), "\r\n", "\n")}
	for _, key := range []string{"From", "To", "Date", "Content-Type", "Auto-Submitted", "Message-Id", "X-Key"} {
		got[key] = m.Header.Get(key)
	}
	want := map[string]string{
		"Subject": lampTitle, "body": lampBody, "From": `"stockcheck" <me@example.com>`, "To": "<you@example.com>", "Date": "Sat, 14 Mar 2026 09:26:53 +0000",
		"Content-Type": "text/plain; charset=UTF-8", "Auto-Submitted": "auto-generated", "Message-Id": got["Message-Id"], "X-Key": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mail (-want +got):\n%s", diff)
	}
	if !strings.HasSuffix(got["Message-Id"], "@stockcheck>") {
		t.Errorf("id %s", got["Message-Id"])
	}
}

// Sent a second time it has the same id, so that a mail program shows one.
func TestMailID(t *testing.T) {
	o := newPostOffice(t, "", "")
	m := mailTo(t, "smtp://"+o.address+"/?from=me@example.com&to=you@example.com")
	another := lamp()
	another.ID = "id2"
	for _, a := range []watch.Alert{lamp(), lamp(), another} {
		if err := m.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	id := func(i int) string {
		m, err := netmail.ReadMessage(strings.NewReader(o.got()[i].text))
		if err != nil {
			t.Fatal(err)
		}
		return m.Header.Get("Message-Id")
	}
	if id(0) != id(1) || id(0) == id(2) {
		t.Errorf("ids %s, %s, %s", id(0), id(1), id(2))
	}
}

func mailTo(t *testing.T, link string) watch.Notifier {
	t.Helper()
	cs, err := New(checker.Alerts{URLs: []checker.Channel{{Name: "mail", URL: link}}}, Words{}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return cs.Named("")[0]
}

func TestMailErrors(t *testing.T) {
	for _, test := range []struct {
		name, encryption, password, url, want string
	}{
		{"a wrong password", "", "secret", "smtp://me:wrong-one@ADDRESS/?from=me@example.com&to=you@example.com", "wrong password ***\" (look whether the token or password in its URL is right, and still valid)"},
		{"no password", "", "secret", "smtp://ADDRESS/?from=me@example.com&to=you@example.com", "Please authenticate first"},
		{"an address that is refused", "", "", "smtp://ADDRESS/?from=me@example.com&to=nobody@example.com", "no such user ***"},
		{"a certificate that does not hold", "starttls", "", "smtp://ADDRESS/?from=me@example.com&to=you@example.com&encryption=starttls", "(its certificate does not hold; look at the host in its URL)"},
		{"no encryption where it must be", "", "", "smtp://ADDRESS/?from=me@example.com&to=you@example.com&encryption=starttls", "STARTTLS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newPostOffice(t, test.encryption, test.password)
			o.refuse = "nobody@example.com"
			err := mailTo(t, strings.Replace(test.url, "ADDRESS", o.address, 1)).Send(t.Context(), lamp())
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if n := len(o.got()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// A password travels to another machine only under TLS, if nobody says otherwise.
func TestPasswordIsNotSentInClear(t *testing.T) {
	for link, clear := range map[string]bool{
		"smtp://me:secret@mail.example/?from=me@example.com":                 false,
		"smtp://me:secret@mail.example/?from=me@example.com&auth=plain":      false,
		"smtp://me:secret@mail.example/?from=me@example.com&encryption=none": true,
	} {
		s, err := newMailServer(link)
		if err != nil {
			t.Fatal(err)
		}
		policy := map[bool]gomail.TLSPolicy{true: gomail.NoTLS, false: gomail.TLSMandatory}[clear]
		if s.policy != policy || clear != strings.Contains(string(s.auth), "NOENC") {
			t.Errorf("%s: policy %v, auth %s", link, s.policy, s.auth)
		}
	}
}

// A server that takes the mail and then says no more ends with the context, and the
// mail counts as not sent.
func TestMailServerThatHangs(t *testing.T) {
	o := newPostOffice(t, "", "")
	o.silent = make(chan struct{})
	defer close(o.silent)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	err := mailTo(t, "smtp://"+o.address+"/?from=me@example.com&to=you@example.com").Send(ctx, lamp())
	if err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("error %v after %v", err, time.Since(began))
	}
}

func TestMailServerURLs(t *testing.T) {
	for link, want := range map[string]string{
		"smtp://mail.example/":                                                "it does not say whom the mail is from; add ?from=you@example.com",
		"smtp:///?from=me@example.com":                                        "it names no host; write it like " + mailForm,
		"smtp://mail.example/?from=me":                                        "from is no e-mail address; write it like you@example.com",
		"smtp://mail.example/?from=me@example.com&to=you":                     "to is no e-mail address; write it like you@example.com",
		"smtp://mail.example/?from=me@example.com&form=x":                     `it has no key "form"; the keys are from, fromname, to, auth, encryption, skiptlsverify and clienthost`,
		"smtp://mail.example/?from=me@example.com&s3cr3t=x":                   `it has no key "***"; the keys are from, fromname, to, auth, encryption, skiptlsverify and clienthost`,
		"smtp://mail.example/?from=me@example.com&auth=magic":                 "auth is none, plain, login, crammd5 or oauth2",
		"smtp://mail.example/?from=me@example.com&encryption=some":            "encryption is none, starttls, tls or auto",
		"smtp://mail.example/?from=me@example.com&skiptlsverify=1":            "skiptlsverify is yes or no",
		"smtp://mail.example:0/?from=me@example.com":                          "its port is no number from 1 to 65535",
		"smtp://me:p%@mail.example/?from=me@example.com":                      "it cannot be read; write it like " + mailForm + ", with %40 for an @ in the password and the like",
		"smtp://mail.example/?from=me+you@example.com&to=a@b.example,c+d@e.f": "",
	} {
		_, err := newMailServer(link)
		if got := errorText(err); got != want {
			t.Errorf("%s: got %q, want %q", link, got, want)
		}
	}
	for link, want := range map[string]int{
		"smtp://mail.example/?from=me@example.com": 25, "smtp://me:x@mail.example/?from=me@example.com": 587,
		"smtps://me:x@mail.example/?from=me@example.com": 465, "smtp://me:x@mail.example:2525/?from=me@example.com": 2525,
	} {
		if s, err := newMailServer(link); err != nil || s.port != want {
			t.Errorf("%s: port %d, %v", link, s.port, err)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
