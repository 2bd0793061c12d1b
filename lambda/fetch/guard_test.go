package fetch

import (
	"net/netip"
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

func TestSpecial(t *testing.T) {
	tests := []struct{ addr, want string }{
		// Just inside and just outside of the blocks.
		{"0.0.0.0", "unspecified"},
		{"0.255.255.255", "unspecified"},
		{"1.0.0.0", ""},
		{"9.255.255.255", ""},
		{"10.0.0.0", "private"},
		{"10.255.255.255", "private"},
		{"11.0.0.0", ""},
		{"100.63.255.255", ""},
		{"100.64.0.0", "private"},
		{"100.127.255.255", "private"},
		{"100.128.0.0", ""},
		{"126.255.255.255", ""},
		{"127.0.0.1", "loopback"},
		{"127.255.255.255", "loopback"},
		{"128.0.0.0", ""},
		{"169.253.255.255", ""},
		{"169.254.0.0", "link-local"},
		{"169.254.255.255", "link-local"},
		{"169.255.0.0", ""},
		{"172.15.255.255", ""},
		{"172.16.0.0", "private"},
		{"172.31.255.255", "private"},
		{"172.32.0.0", ""},
		{"192.0.0.1", "reserved"},
		{"192.0.1.0", ""},
		{"192.0.2.1", "reserved"},
		{"192.167.255.255", ""},
		{"192.168.0.0", "private"},
		{"192.168.255.255", "private"},
		{"192.169.0.0", ""},
		{"198.17.255.255", ""},
		{"198.18.0.0", "reserved"},
		{"198.19.255.255", "reserved"},
		{"198.20.0.0", ""},
		{"198.51.100.7", "reserved"},
		{"203.0.113.7", "reserved"},
		{"223.255.255.255", ""},
		{"224.0.0.1", "multicast"},
		{"239.255.255.255", "multicast"},
		{"240.0.0.0", "reserved"},
		{"255.255.255.255", "reserved"},
		{"8.8.8.8", ""},

		{"169.254.169.254", "cloud metadata"},
		{"169.254.170.2", "cloud metadata"},
		{"169.254.170.23", "cloud metadata"},
		{"100.100.100.200", "cloud metadata"},
		{"168.63.129.16", "cloud metadata"},
		{"168.63.129.17", ""},
		{"192.0.0.192", "cloud metadata"},
		{"fd00:ec2::254", "cloud metadata"},
		{"fd00:ec2::23", "cloud metadata"},
		{"fd20:ce::254", "cloud metadata"},

		{"::", "unspecified"},
		{"::1", "loopback"},
		{"::2", "reserved"},
		{"::7f00:1", "reserved"},
		{"::ffff:0:127.0.0.1", "reserved"},
		{"::ffff:127.0.0.1", "loopback"},
		{"::ffff:169.254.169.254", "cloud metadata"},
		{"::ffff:8.8.8.8", ""},
		{"64:ff9b::7f00:1", "loopback"},
		{"64:ff9b::a9fe:a9fe", "cloud metadata"},
		{"64:ff9b::808:808", ""},
		{"64:ff9b:1::808:808", "private"},
		{"100::1", "reserved"},
		{"100:0:0:1::", ""},
		{"2001::1", "reserved"},
		{"2001:db8::1", "reserved"},
		{"2001:4860:4860::8888", ""},
		{"2002:7f00:1::", "loopback"},
		{"2002:0a00:0001::1", "private"},
		{"2002:0808:0808::1", ""},
		{"2606:4700::1111", ""},
		{"3fff::1", "reserved"},
		{"5f00::1", "reserved"},
		{"fbff::1", ""},
		{"fc00::1", "private"},
		{"fdff::1", "private"},
		{"fe80::1", "link-local"},
		{"fe80::1%eth0", "link-local"},
		{"febf::1", "link-local"},
		{"fec0::1", "private"},
		{"ff02::1", "multicast"},
	}
	for _, tt := range tests {
		if got := special(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("special(%s) = %q, want %q", tt.addr, got, tt.want)
		}
	}
}

// However an IPv4 address is written into an IPv6 one, it is what it is.
func TestSpecialSeesEmbeddedAddresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Half of them from the blocks, which random addresses seldom hit.
		b := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		if rapid.Bool().Draw(t, "from a block") {
			var four []netip.Prefix
			for _, s := range specialBlocks {
				if s.prefix.Addr().Is4() {
					four = append(four, s.prefix)
				}
			}
			p := rapid.SampledFrom(four).Draw(t, "block")
			base := p.Masked().Addr().As4()
			for bit := p.Bits(); bit < 32; bit++ {
				mask := byte(1) << (7 - bit%8)
				base[bit/8] = base[bit/8]&^mask | b[bit/8]&mask
			}
			b = base
		}
		want := special(netip.AddrFrom4(b))
		for name, a := range map[string][16]byte{
			"mapped": {10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			"NAT64":  {1: 0x64, 2: 0xff, 3: 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			"6to4":   {0: 0x20, 1: 0x02, 2: b[0], 3: b[1], 4: b[2], 5: b[3], 15: 1},
		} {
			if got := special(netip.AddrFrom16(a)); got != want {
				t.Fatalf("%s %v = %q, and %v = %q", name, netip.AddrFrom16(a), got, netip.AddrFrom4(b), want)
			}
		}
	})
}

func TestRefuseSpecial(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80":             "refuse the loopback address 127.0.0.1",
		"[fe80::1%eth0]:443":       "refuse the link-local address fe80::1%eth0",
		"[::ffff:10.1.2.3]:443":    "refuse the private address ::ffff:10.1.2.3",
		"8.8.8.8:443":              "",
		"[2606:4700::1111]:443":    "",
		"shop.example:443":         `read the address shop.example:443: ParseAddr("shop.example"): unexpected character (at "shop.example")`,
		"[fd00:ec2::254]:80":       "refuse the cloud metadata address fd00:ec2::254",
		"[64:ff9b::169.254.0.1]:1": "refuse the link-local address 64:ff9b::a9fe:1",
	} {
		got := ""
		if err := refuseSpecial("tcp", address, nil); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("refuseSpecial(%s) = %q, want %q", address, got, want)
		}
	}
}

func TestLocalHost(t *testing.T) {
	for rawURL, want := range map[string]string{
		"http://localhost/":                "local",
		"http://LOCALHOST./":               "local",
		"http://shop.localhost:8080/":      "local",
		"http://nas/":                      "local",
		"http://printer.lan/":              "local",
		"http://shop.test/":                "local",
		"http://metadata.google.internal/": "local",
		"http://127.0.0.1:8080/":           "loopback",
		"http://１２７.０.０.１/":                "loopback",
		"http://[::1]/":                    "loopback",
		"http://[::ffff:10.0.0.1]/":        "private",
		"http://[fe80::1%25eth0]/":         "link-local",
		"http://192.168.1.10/":             "private",
		"http://169.254.169.254/":          "cloud metadata",
		"https://shop.example/":            "",
		"https://www.localhost.example/":   "",
		"https://planet/":                  "local",
		"https://my-lan.com/":              "",
		"https://8.8.8.8/":                 "",
		"https://müller.de/":               "",
		"http://127.1/":                    "", // left to the resolver, and then to the guard
	} {
		u, err := url.Parse(rawURL)
		if err != nil {
			t.Fatal(err)
		}
		if got := localHost(hostName(u)); got != want {
			t.Errorf("localHost(%s) = %q, want %q", rawURL, got, want)
		}
	}
}

func TestSameHost(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"http://shop.example/", "http://shop.example/x?y", true},
		{"http://shop.example/", "http://SHOP.example./", true},
		{"http://shop.example/", "https://shop.example/", true},
		{"http://shop.example/", "https://www.shop.example:443/", true},
		{"https://www.shop.example/", "https://shop.example/", true},
		{"https://müller.example/", "https://xn--mller-kva.example/", true},
		{"http://127.0.0.1:8080/a", "http://127.0.0.1:8080/b", true},
		{"http://127.0.0.1:8080/", "https://127.0.0.1:8080/", true},
		{"http://127.0.0.1:8080/", "http://127.0.0.1:8081/", false},
		{"http://127.0.0.1:8080/", "http://127.0.0.1/", false},
		{"http://127.0.0.1:8080/", "http://127.0.0.2:8080/", false},
		{"http://127.0.0.1:8080/", "http://localhost:8080/", false},
		{"http://shop.example/", "http://shop.example.evil/", false},
		{"http://shop.example/", "http://cdn.shop.example/", false},
		{"http://shop.example/", "http://shop.example:8443/", false},
	}
	for _, tt := range tests {
		a, errA := url.Parse(tt.a)
		b, errB := url.Parse(tt.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := sameHost(a, b); got != tt.want {
			t.Errorf("sameHost(%s, %s) = %v", tt.a, tt.b, got)
		}
		if got := sameHost(b, a); got != tt.want {
			t.Errorf("sameHost(%s, %s) = %v", tt.b, tt.a, got)
		}
	}
}
