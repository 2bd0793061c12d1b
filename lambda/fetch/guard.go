package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"golang.org/x/net/idna"
)

// specialBlocks is every block of addresses that is no part of the public internet,
// with the word for it. The first that holds an address counts. An address that
// carries an IPv4 address inside is judged by that one, see special below.
var specialBlocks = []struct {
	prefix netip.Prefix
	what   string
}{
	// The addresses from which clouds serve credentials to their machines.
	{netip.MustParsePrefix("169.254.169.254/32"), metadata}, // AWS, Azure, Google and most others
	{netip.MustParsePrefix("169.254.170.2/32"), metadata},   // AWS containers
	{netip.MustParsePrefix("169.254.170.23/32"), metadata},  // AWS pods
	{netip.MustParsePrefix("100.100.100.200/32"), metadata}, // Alibaba
	{netip.MustParsePrefix("168.63.129.16/32"), metadata},   // Azure; a public address by its number
	{netip.MustParsePrefix("192.0.0.192/32"), metadata},     // Oracle
	{netip.MustParsePrefix("fd00:ec2::/32"), metadata},      // AWS
	{netip.MustParsePrefix("fd20:ce::254/128"), metadata},   // Google

	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "private"}, // shared by a provider's customers
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},
	{netip.MustParsePrefix("192.0.2.0/24"), "reserved"}, // documentation
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "reserved"},   // benchmarks
	{netip.MustParsePrefix("198.51.100.0/24"), "reserved"}, // documentation
	{netip.MustParsePrefix("203.0.113.0/24"), "reserved"},  // documentation
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"}, // with broadcast

	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("::/96"), "reserved"},           // IPv4-compatible, long abandoned
	{netip.MustParsePrefix("::ffff:0:0:0/96"), "reserved"}, // IPv4-translated
	{netip.MustParsePrefix("64:ff9b:1::/48"), "private"},   // NAT64 of a local network
	{netip.MustParsePrefix("100::/64"), "reserved"},        // discard
	{netip.MustParsePrefix("2001::/23"), "reserved"},       // Teredo, benchmarks, ORCHID
	{netip.MustParsePrefix("2001:db8::/32"), "reserved"},   // documentation
	{netip.MustParsePrefix("3fff::/20"), "reserved"},       // documentation
	{netip.MustParsePrefix("5f00::/16"), "reserved"},       // segment routing
	{netip.MustParsePrefix("fc00::/7"), "private"},         // unique local
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("fec0::/10"), "private"}, // site-local
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // the IPv4 address is the last 4 bytes
	sixTo4 = netip.MustParsePrefix("2002::/16")    // the IPv4 address follows the prefix
)

// metadata is the kind of address at which no shop is, not even one's own: who asks
// there gets the credentials of the machine.
const metadata = "cloud metadata"

// special says what kind of address a is, or "" if it is one of the public
// internet.
func special(a netip.Addr) string {
	a = a.WithZone("").Unmap()
	b := a.As16()
	switch {
	case nat64.Contains(a):
		a = netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(a):
		a = netip.AddrFrom4([4]byte(b[2:6]))
	}
	for _, s := range specialBlocks {
		if s.prefix.Contains(a) {
			return s.what
		}
	}
	return ""
}

// refusedError is a host that is not of the public internet, and not the
// checker's own.
type refusedError struct {
	what string
	addr netip.Addr // that its name led to; invalid where the URL itself says it
}

func (e *refusedError) Error() string {
	if !e.addr.IsValid() {
		return fmt.Sprintf("refuse a %s host", e.what)
	}
	return fmt.Sprintf("refuse the %s address %s", e.what, e.addr)
}

// refuseSpecial is the control function of a dialer. It sees each address after
// the name was resolved and before the connection is made, so that no name can
// lead it astray.
func refuseSpecial(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address %s: %w", address, err)
	}
	if what := special(ap.Addr()); what != "" {
		return &refusedError{addr: ap.Addr(), what: what}
	}
	return nil
}

// refuseMetadata is the control function of the dialer to checkers' own hosts.
func refuseMetadata(network, address string, conn syscall.RawConn) error {
	err := refuseSpecial(network, address, conn)
	if refused, ok := errors.AsType[*refusedError](err); ok && refused.what != metadata {
		return nil
	}
	return err
}

// localDomains are the domains of names that belong to a machine or a local
// network: no public name is below them.
var localDomains = []string{
	"corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private", "test",
}

// localHost says why a host is not of the public internet as far as its
// spelling tells, or "": an address, a name of one label, or one in a local
// domain.
func localHost(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return special(a)
	}
	if !strings.Contains(host, ".") {
		return "local"
	}
	for _, d := range localDomains {
		if strings.HasSuffix(host, "."+d) {
			return "local"
		}
	}
	return ""
}

// hostName is the host of a URL in the one spelling that hosts are compared in.
func hostName(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	return strings.TrimSuffix(host, ".")
}

// sameHost tells whether two URLs name the same host and port. With and without
// www. are the same, and so are the default ports of http and https, for these
// are the two redirects that nearly every shop has.
func sameHost(a, b *url.URL) bool {
	if strings.TrimPrefix(hostName(a), "www.") != strings.TrimPrefix(hostName(b), "www.") {
		return false
	}
	pa, pb := port(a), port(b)
	return pa == pb || defaultPort(pa) && defaultPort(pb)
}

// port is the port of a URL, also where it is left out.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func defaultPort(p string) bool { return p == "80" || p == "443" }
