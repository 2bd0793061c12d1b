package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// encoders are those of the encodings that servers send, by name. "raw" is
// deflate without its wrapper.
var encoders = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"raw": func(w io.Writer) io.WriteCloser {
		fw, err := flate.NewWriter(w, flate.DefaultCompression)
		if err != nil {
			panic(err)
		}
		return fw
	},
	"br": func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		zw, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		if err != nil {
			panic(err)
		}
		return zw
	},
}

// encode applies encodings in the given order.
func encode(body []byte, names ...string) []byte {
	for _, name := range names {
		var b bytes.Buffer
		w := encoders[name](&b)
		if _, err := w.Write(body); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		body = b.Bytes()
	}
	return body
}

// bomb is n zero bytes, encoded, without ever holding them.
func bomb(name string, n int64) []byte {
	var b bytes.Buffer
	w := encoders[name](&b)
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

const lamp = "<!doctype html><html><head><title>Lamp</title></head><body><h1>Lamp</h1>\n<p>49,90 €, auf Lager</p></body></html>"

func cut(b []byte, by int) []byte { return b[:len(b)-by] }

func TestDecode(t *testing.T) {
	gz := encode([]byte(lamp), "gzip")
	noise := make([]byte, 500)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(noise); i++ {
		noise[i] = byte(r.Uint32())
	}
	brokenSum := bytes.Clone(gz)
	brokenSum[len(brokenSum)-8] ^= 1
	tests := []struct {
		name   string
		header []string
		body   []byte
		want   string
		err    string // "" for none
	}{
		{name: "none", body: []byte(lamp), want: lamp},
		{name: "identity", header: []string{"identity"}, body: []byte(lamp), want: lamp},
		{name: "gzip", header: []string{"gzip"}, body: gz, want: lamp},
		{name: "x-gzip", header: []string{"x-gzip"}, body: gz, want: lamp},
		{name: "GZIP", header: []string{" GZIP "}, body: gz, want: lamp},
		{name: "deflate", header: []string{"deflate"}, body: encode([]byte(lamp), "deflate"), want: lamp},
		{name: "raw deflate", header: []string{"deflate"}, body: encode([]byte(lamp), "raw"), want: lamp},
		{name: "br", header: []string{"br"}, body: encode([]byte(lamp), "br"), want: lamp},
		{name: "zstd", header: []string{"zstd"}, body: encode([]byte(lamp), "zstd"), want: lamp},
		{name: "stacked in one line", header: []string{"br, gzip"}, body: encode([]byte(lamp), "br", "gzip"), want: lamp},
		{name: "stacked in two", header: []string{"zstd", "deflate"}, body: encode([]byte(lamp), "zstd", "deflate"), want: lamp},
		{name: "stack of four", header: []string{"gzip,br,zstd,deflate"}, body: encode([]byte(lamp), "gzip", "br", "zstd", "raw"), want: lamp},
		{name: "identity among others", header: []string{"identity, gzip,, none"}, body: gz, want: lamp},
		{name: "empty body", header: []string{"gzip"}, want: ""},
		{name: "gzip of nothing", header: []string{"gzip"}, body: encode(nil, "gzip"), want: ""},
		{name: "gzip in two members", header: []string{"gzip"}, body: slices.Concat(encode([]byte(lamp[:40]), "gzip"), encode([]byte(lamp[40:]), "gzip")), want: lamp},
		{name: "gzip and zeros after it", header: []string{"gzip"}, body: slices.Concat(gz, make([]byte, 30)), want: lamp},
		{name: "zstd in two frames", header: []string{"zstd"}, body: slices.Concat(encode([]byte(lamp[:40]), "zstd"), encode([]byte(lamp[40:]), "zstd")), want: lamp},

		{name: "said gzip, is plain", header: []string{"gzip"}, body: []byte(lamp), want: lamp},
		{name: "said deflate, is plain", header: []string{"deflate"}, body: []byte(lamp), want: lamp},
		{name: "said br, is plain", header: []string{"br"}, body: []byte(lamp), want: lamp},
		{name: "said zstd, is plain", header: []string{"zstd"}, body: []byte(lamp), want: lamp},
		{name: "said gzip, is br", header: []string{"gzip"}, body: encode([]byte(lamp), "br"), want: lamp},
		{name: "said gzip, is zstd", header: []string{"gzip"}, body: encode([]byte(lamp), "zstd"), want: lamp},
		{name: "said gzip, is deflate", header: []string{"gzip"}, body: encode([]byte(lamp), "deflate"), want: lamp},
		{name: "said gzip, is raw deflate", header: []string{"gzip"}, body: encode([]byte(lamp), "raw"), want: lamp},
		{name: "said br, is gzip", header: []string{"br"}, body: gz, want: lamp},
		{name: "said br, is zstd", header: []string{"br"}, body: encode([]byte(lamp), "zstd"), want: lamp},
		{name: "said zstd, is br", header: []string{"zstd"}, body: encode([]byte(lamp), "br"), want: lamp},
		{name: "said deflate, is gzip", header: []string{"deflate"}, body: gz, want: lamp},
		{name: "said gzip twice, is once", header: []string{"gzip, gzip"}, body: gz, want: lamp},
		{name: "said gzip once, is twice", header: []string{"gzip"}, body: encode(gz, "gzip"), want: lamp},
		{name: "said nothing, is gzip", body: gz, want: lamp},
		{name: "said nothing, is zstd", body: encode([]byte(lamp), "zstd"), want: lamp},
		{name: "said nothing, is br", body: encode([]byte(lamp), "br"), want: lamp},
		{name: "said nothing, is deflate", body: encode([]byte(lamp), "deflate"), want: lamp},
		{name: "a charset for an encoding", header: []string{"utf-8"}, body: []byte(lamp), want: lamp},
		{name: "a charset for an encoding, is gzip", header: []string{"utf-8"}, body: gz, want: lamp},
		{name: "UTF-16 under gzip", header: []string{"gzip"}, body: []byte("\xff\xfe<\x00p\x00>\x00"), want: "\xff\xfe<\x00p\x00>\x00"},
		{name: "noise without an encoding is not ours to judge", body: noise, want: string(noise)},

		{name: "unknown encoding", header: []string{"compress"}, body: noise, err: "undo the encoding compress: unknown encoding"},
		{name: "five encodings", header: []string{"gzip,gzip,gzip,gzip,gzip"}, body: gz, err: "undo 5 encodings: unknown encoding"},
		{name: "noise under gzip", header: []string{"gzip"}, body: noise, err: "undo the encoding gzip: gzip: invalid header"},
		{name: "wrong sum", header: []string{"gzip"}, body: brokenSum, err: "undo the encoding gzip: gzip: invalid checksum"},
		{name: "gzip cut off", header: []string{"gzip"}, body: cut(gz, 30), err: "undo the encoding gzip: unexpected EOF"},
		{name: "gzip cut off in its sum", header: []string{"gzip"}, body: cut(gz, 3), err: "undo the encoding gzip: unexpected EOF"},
		{name: "gzip cut off in its header", header: []string{"gzip"}, body: gz[:5], err: "undo the encoding gzip: unexpected EOF"},
		{name: "gzip cut off in its second member", header: []string{"gzip"}, body: slices.Concat(gz, cut(gz, 20)), err: "undo the encoding gzip: unexpected EOF"},
		{name: "gzip cut off in its second member's header", header: []string{"gzip"}, body: slices.Concat(gz, gz[:4]), err: "undo the encoding gzip: unexpected EOF"},
		{name: "deflate cut off", header: []string{"deflate"}, body: cut(encode([]byte(lamp), "deflate"), 20), err: "undo the encoding deflate: unexpected EOF"},
		{name: "raw deflate cut off", header: []string{"deflate"}, body: cut(encode([]byte(lamp), "raw"), 20), err: "undo the encoding deflate: unexpected EOF"},
		{name: "br cut off", header: []string{"br"}, body: cut(encode([]byte(lamp), "br"), 10), err: "undo the encoding br: unexpected EOF"},
		{name: "zstd cut off", header: []string{"zstd"}, body: cut(encode([]byte(lamp), "zstd"), 10), err: "undo the encoding zstd: unexpected EOF"},
		{name: "undeclared gzip cut off", body: cut(gz, 10), err: "undo the encoding gzip, which the header leaves out: unexpected EOF"},

		{name: "plain page at the limit", body: bytes.Repeat([]byte("a"), 1<<16), want: strings.Repeat("a", 1<<16)},
		{name: "gzip at the limit", header: []string{"gzip"}, body: encode(bytes.Repeat([]byte("a"), 1<<16), "gzip"), want: strings.Repeat("a", 1<<16)},
		{name: "gzip over the limit by one", header: []string{"gzip"}, body: encode(bytes.Repeat([]byte("a"), 1<<16+1), "gzip"), err: "undo the encoding gzip: body too large"},
		{name: "two members over the limit", header: []string{"gzip"}, body: bytes.Repeat(encode(bytes.Repeat([]byte("a"), 1<<15+1), "gzip"), 2), err: "undo the encoding gzip: body too large"},
		{name: "gzip bomb", header: []string{"gzip"}, body: bomb("gzip", 1<<20), err: "undo the encoding gzip: body too large"},
		{name: "gzip bomb unannounced", body: bomb("gzip", 1<<20), err: "undo the encoding gzip, which the header leaves out: body too large"},
		{name: "deflate bomb", header: []string{"deflate"}, body: bomb("deflate", 1<<20), err: "undo the encoding deflate: body too large"},
		{name: "raw deflate bomb", header: []string{"deflate"}, body: bomb("raw", 1<<20), err: "undo the encoding deflate: body too large"},
		{name: "br bomb", header: []string{"br"}, body: bomb("br", 1<<20), err: "undo the encoding br: body too large"},
		{name: "zstd bomb", header: []string{"zstd"}, body: bomb("zstd", 1<<20), err: "undo the encoding zstd: body too large"},
		{name: "bomb in a bomb", header: []string{"gzip, gzip"}, body: encode(bomb("gzip", 1<<20), "gzip"), err: "undo the encoding gzip: body too large"},
		{name: "zstd with a window of a gigabyte", header: []string{"zstd"}, body: []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0, 0}, err: "undo the encoding zstd: body too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			encodings := contentEncodings(http.Header{"Content-Encoding": tt.header})
			got, err := decode(tt.body, encodings, 1<<16)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != tt.err {
				t.Fatalf("error %q, want %q", text, tt.err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// What was encoded is decoded, whatever the stack, and also when the header
// names something else for one encoding.
func TestDecodeUndoesEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`<p>[ -~äß€日本語\n]{20,400}</p>`).Draw(t, "text")
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"gzip", "deflate", "raw", "br", "zstd"}), 0, maxEncodings).Draw(t, "encodings")
		var header []string
		for _, n := range names {
			header = append(header, strings.Replace(n, "raw", "deflate", 1))
		}
		if len(header) == 1 && rapid.Bool().Draw(t, "lie") {
			header[0] = rapid.SampledFrom([]string{"gzip", "deflate", "br", "zstd", "other"}).Draw(t, "said")
		}
		got, err := decode(encode([]byte(text), names...), header, 1<<20)
		if err != nil || string(got) != text {
			t.Fatalf("encoded by %v, said %v: got %q, %v, want %q", names, header, got, err, text)
		}
	})
}

// A page that lost its end is never taken for a whole one.
func TestDecodeNeverGivesHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`<p>[ -~]{200,600}</p>`).Draw(t, "text")
		name := rapid.SampledFrom([]string{"gzip", "deflate", "raw", "br", "zstd"}).Draw(t, "encoding")
		whole := encode([]byte(text), name)
		n := rapid.IntRange(len(whole)/4, len(whole)-1).Draw(t, "length")
		header := strings.Replace(name, "raw", "deflate", 1)
		got, err := decode(whole[:n], []string{header}, 1<<20)
		if err == nil && string(got) != text {
			t.Fatalf("%s, %d of %d bytes: no error, body %q", name, n, len(whole), got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for name := range encoders {
		f.Add(encode([]byte(lamp), name), strings.Replace(name, "raw", "deflate", 1))
		f.Add(bomb(name, 1<<20), strings.Replace(name, "raw", "deflate", 1))
	}
	f.Add([]byte(lamp), "gzip, br")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		const limit = 1 << 16
		if len(body) > limit {
			return
		}
		got, err := decode(body, contentEncodings(http.Header{"Content-Encoding": {header}}), limit)
		if len(got) > limit {
			t.Errorf("%d bytes, more than the limit", len(got))
		}
		if err != nil && got != nil {
			t.Errorf("a body of %d bytes with the error %v", len(got), err)
		}
		if errors.Is(err, io.EOF) {
			t.Errorf("an end in the middle reads as none: %v", err)
		}
	})
}

func TestBinary(t *testing.T) {
	tests := []struct {
		name string
		body string
		want bool
	}{
		{"empty", "", false},
		{"page", lamp, false},
		{"a stray NUL in a page", lamp + "\x00", false},
		{"white space", "\t\r\n\f ", false},
		{"ISO-2022-JP", "\x1b$B:_8K\x1b(B", false},
		{"Shift JIS", "\x8d\xdd\x8c\xc9\x82\xa0\x82\xe8", false},
		{"UTF-16LE", "\xff\xfe<\x00p\x00", false},
		{"UTF-16BE", "\xfe\xff\x00<\x00p", false},
		{"UTF-16 without a mark", "<\x00p\x00", true},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", true},
		{"one control character in a few", "ab\x01", true},
	}
	for _, tt := range tests {
		if got := binary([]byte(tt.body)); got != tt.want {
			t.Errorf("%s: binary = %v", tt.name, got)
		}
	}
}
