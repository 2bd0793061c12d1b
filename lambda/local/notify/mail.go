package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"stockchecker/lambda/watch"
)

// mailServer is where mail is handed in.
type mailServer struct {
	host     string
	from     *netmail.Address
	to       []string // of its own; none: the addresses of alerts.email
	port     int
	implicit bool // TLS from the first byte
	policy   mail.TLSPolicy
	insecure bool // the certificate is not looked at
	user     string
	password string
	auth     mail.SMTPAuthType
	helo     string
}

// mailKeys are the keys of a mail server's URL, with those of shoutrrr's for the
// same.
var mailKeys = map[string]string{
	"from": "from", "fromaddress": "from", "fromname": "fromname", "to": "to", "toaddresses": "to", "auth": "auth", "encryption": "encryption",
	"skiptlsverify": "skiptlsverify", "clienthost": "clienthost",
}

const mailForm = "smtp://user:password@mail.example:587/?from=you@example.com"

// newMailServer reads a URL such as that of mailForm. Its errors have nothing of
// the URL's secrets.
func newMailServer(link string) (*mailServer, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, errors.New("it cannot be read; write it like " + mailForm + ", with %40 for an @ in the password and the like")
	}
	given := map[string]string{}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("what follows its ? cannot be read; write it like " + mailForm)
	}
	for key, values := range query {
		name, known := mailKeys[strings.ToLower(key)]
		if !known {
			if strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
				key = hidden // a password with a ? in it
			}
			return nil, fmt.Errorf("it has no key %q; the keys are from, fromname, to, auth, encryption, skiptlsverify and clienthost", key)
		}
		given[name] = values[0]
	}
	s := &mailServer{host: u.Hostname(), user: u.User.Username(), helo: given["clienthost"], implicit: u.Scheme == "smtps"}
	s.password, _ = u.User.Password()
	if s.host == "" {
		return nil, errors.New("it names no host; write it like " + mailForm)
	}
	if given["from"] == "" {
		return nil, errors.New("it does not say whom the mail is from; add ?from=you@example.com")
	}
	if s.from, err = mailAddress(given["from"]); err != nil {
		return nil, fmt.Errorf("from %s", err)
	}
	s.from.Name = given["fromname"]
	if s.from.Name == "" {
		s.from.Name = "stockcheck"
	}
	for _, to := range strings.FieldsFunc(given["to"], func(r rune) bool { return r == ',' }) {
		address, err := mailAddress(to)
		if err != nil {
			return nil, fmt.Errorf("to %s", err)
		}
		s.to = append(s.to, address.Address)
	}

	// A password does not travel in clear, unless somebody says so.
	s.policy = mail.TLSOpportunistic
	if s.user != "" && !isLoopback(s.host) {
		s.policy = mail.TLSMandatory
	}
	switch strings.ToLower(given["encryption"]) {
	case "", "auto":
		s.implicit = s.implicit || u.Port() == "465"
	case "none":
		s.policy = mail.NoTLS
	case "explicittls", "starttls":
		s.policy = mail.TLSMandatory
	case "implicittls", "tls":
		s.implicit = true
	default:
		return nil, errors.New("encryption is none, starttls, tls or auto")
	}
	switch strings.ToLower(given["skiptlsverify"]) {
	case "", "no", "false":
	case "yes", "true":
		s.insecure = true
	default:
		return nil, errors.New("skiptlsverify is yes or no")
	}
	switch auth := strings.ToLower(given["auth"]); auth {
	case "", "unknown":
		if s.user != "" {
			s.auth = mail.SMTPAuthAutoDiscover
			if s.policy == mail.NoTLS || isLoopback(s.host) {
				s.auth = mail.SMTPAuthPlainNoEnc
			}
		}
	case "none":
	case "plain":
		s.auth = mail.SMTPAuthPlain
		if s.policy == mail.NoTLS {
			s.auth = mail.SMTPAuthPlainNoEnc
		}
	case "login":
		s.auth = mail.SMTPAuthLogin
		if s.policy == mail.NoTLS {
			s.auth = mail.SMTPAuthLoginNoEnc
		}
	case "crammd5":
		s.auth = mail.SMTPAuthCramMD5
	case "oauth2":
		s.auth = mail.SMTPAuthXOAUTH2
	default:
		return nil, errors.New("auth is none, plain, login, crammd5 or oauth2")
	}

	switch port := u.Port(); {
	case port != "":
		if s.port, err = strconv.Atoi(port); err != nil || s.port < 1 || s.port > 65535 {
			return nil, errors.New("its port is no number from 1 to 65535")
		}
	case s.implicit:
		s.port = 465
	case s.user != "":
		s.port = 587
	default:
		s.port = 25
	}
	return s, nil
}

// mailAddress reads an address, in which a + may have become a space.
func mailAddress(text string) (*netmail.Address, error) {
	a, err := netmail.ParseAddress(strings.ReplaceAll(strings.TrimSpace(text), " ", "+"))
	if err != nil || a.Name != "" {
		return nil, errors.New("is no e-mail address; write it like you@example.com")
	}
	return a, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// mailbox tells one address by mail. Each address is a channel of its own, so
// that one which is refused holds up no other.
type mailbox struct {
	name   string
	to     string
	server *mailServer
	words  Words
	redact redactor
}

var _ watch.Notifier = (*mailbox)(nil)

// Channel implements watch.Notifier.
func (m *mailbox) Channel() string { return m.name }

// Send implements watch.Notifier.
func (m *mailbox) Send(ctx context.Context, a watch.Alert) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- m.send(ctx, a) }()
	answered, err := answerOf(ctx, done)
	switch {
	case !answered:
		return fmt.Errorf("no answer from %s within %v", m.server.host, sendTimeout)
	case err != nil:
		return errors.New(m.redact.clean(err.Error()) + hint(err.Error()))
	}
	return nil
}

func (m *mailbox) send(ctx context.Context, a watch.Alert) error {
	msg, err := m.message(a)
	if err != nil {
		return err
	}
	s := m.server
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(sendTimeout), mail.WithTLSPolicy(s.policy), mail.WithoutNoop(),
		mail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.insecure}),
	}
	if s.implicit {
		options = append(options, mail.WithSSL())
	}
	if s.auth != "" {
		options = append(options, mail.WithSMTPAuth(s.auth), mail.WithUsername(s.user), mail.WithPassword(s.password))
	}
	if s.helo != "" {
		options = append(options, mail.WithHELO(s.helo))
	}
	client, err := mail.NewClient(s.host, options...)
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	// The connection ends with the context, whatever the server does.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	err = client.SendWithSMTPClient(conn, msg)
	// Taken is taken, also if the server hangs up without a word.
	_ = client.CloseWithSMTPClient(conn)
	return err
}

// message is an alert as a mail. Its id is the same each time that it is sent.
func (m *mailbox) message(a watch.Alert) (*mail.Msg, error) {
	t := m.words.text(a)
	msg := mail.NewMsg()
	if err := msg.FromFormat(m.server.from.Name, m.server.from.Address); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	if err := msg.To(m.to); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	sum := sha256.Sum256([]byte(a.ID + "\n" + m.to))
	msg.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@stockcheck")
	if !a.At.IsZero() {
		msg.SetDateWithValue(a.At)
	}
	msg.Subject(t.subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetUserAgent("stockcheck")
	msg.SetBodyString(mail.TypeTextPlain, t.body(0))
	return msg, nil
}
