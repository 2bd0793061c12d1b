package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxEncodings is how many encodings one body may have on top of each other.
// Two are seen, when a server and the cache before it both compress.
const maxEncodings = 4

// zstdWindow is the largest window that RFC 9659 lets a zstd encoding have.
const zstdWindow = 8 << 20

var (
	errTooLarge        = errors.New("body too large")
	errUnknownEncoding = errors.New("unknown encoding")
)

// contentEncodings lists the encodings that a header names, in the order in
// which they were applied, without those that change nothing.
func contentEncodings(h http.Header) []string {
	var names []string
	for _, v := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(v, ",") {
			switch name = strings.ToLower(strings.TrimSpace(name)); name {
			case "", "identity", "none":
			default:
				names = append(names, name)
			}
		}
	}
	return names
}

// decode undoes the content encodings that were applied to body, in the given
// order, and holds at most limit bytes after each step. The names are believed
// only as far as the bytes bear them out: a page sent as plain text under
// "gzip", in another encoding than the one named, or encoded without a word is
// read all the same.
//
// The error is errTooLarge, or wraps io.ErrUnexpectedEOF where the body ends too
// early, or says that the encoding can't be undone.
func decode(body []byte, encodings []string, limit int64) ([]byte, error) {
	if len(encodings) > maxEncodings {
		return nil, fmt.Errorf("undo %d encodings: %w", len(encodings), errUnknownEncoding)
	}
	var err error
	for _, name := range slices.Backward(encodings) {
		if body, err = undo(name, body, limit); err != nil {
			return nil, fmt.Errorf("undo the encoding %s: %w", name, err)
		}
	}
	for range maxEncodings {
		name := magic(body)
		if name == "" {
			break
		}
		decoded, err := inflate(name, body, limit)
		if err != nil {
			return nil, fmt.Errorf("undo the encoding %s, which the header leaves out: %w", name, err)
		}
		body = decoded
	}
	if binary(body) {
		if decoded, ok := guess(body, limit); ok {
			return decoded, nil
		}
	}
	return body, nil
}

// undo undoes one encoding, the one named or the one that it is.
func undo(name string, body []byte, limit int64) ([]byte, error) {
	if len(body) == 0 {
		return nil, nil
	}
	decoded, err := inflate(name, body, limit)
	if err == nil || errors.Is(err, errTooLarge) {
		return decoded, err
	}
	if is := magic(body); is != "" && is == strings.TrimPrefix(name, "x-") {
		return nil, err // it is what it says, and broken
	} else if is != "" {
		return inflate(is, body, limit)
	}
	// Before it is taken as plain: a short body may be no text and look like it.
	if decoded, ok := guess(body, limit); ok {
		return decoded, nil
	}
	if !binary(body) {
		return body, nil
	}
	return nil, err
}

// guess tries the encodings that have no mark of their own. Nothing else than
// such an encoding decodes to the end and gives text.
func guess(body []byte, limit int64) ([]byte, bool) {
	for _, name := range []string{"br", "deflate"} {
		decoded, err := inflate(name, body, limit)
		if err == nil && len(decoded) > 0 && !binary(decoded) {
			return decoded, true
		}
	}
	return nil, false
}

// inflate undoes the encoding of the given name.
func inflate(name string, body []byte, limit int64) ([]byte, error) {
	switch name {
	case "gzip", "x-gzip":
		return gunzip(body, limit)
	case "deflate":
		decoded, err := unzlib(body, limit)
		if err == nil || errors.Is(err, errTooLarge) {
			return decoded, err
		}
		// Many servers leave the zlib wrapper out that the standard asks for.
		raw, rawErr := readLimited(flate.NewReader(bytes.NewReader(body)), limit)
		if rawErr == nil || errors.Is(rawErr, errTooLarge) || errors.Is(err, zlib.ErrHeader) {
			return raw, rawErr
		}
		return nil, err
	case "br":
		return readLimited(brotli.NewReader(bytes.NewReader(body)), limit)
	case "zstd":
		return unzstd(body, limit)
	}
	return nil, errUnknownEncoding
}

// gunzip reads all members of a gzip stream. What follows the last and is no
// member is passed over, as browsers do.
func gunzip(body []byte, limit int64) ([]byte, error) {
	src := bytes.NewReader(body)
	r, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	var decoded []byte
	for {
		r.Multistream(false)
		member, err := readLimited(r, limit-int64(len(decoded)))
		if err != nil {
			return nil, err
		}
		if decoded == nil {
			decoded = member
		} else {
			decoded = append(decoded, member...)
		}
		rest := body[len(body)-src.Len():]
		if !bytes.HasPrefix(rest, []byte{0x1f, 0x8b}) {
			return decoded, nil
		}
		if err := r.Reset(src); err != nil {
			return nil, err
		}
	}
}

func unzlib(body []byte, limit int64) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return readLimited(r, limit)
}

func unzstd(body []byte, limit int64) ([]byte, error) {
	r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		return nil, fmt.Errorf("begin zstd: %w", err)
	}
	defer r.Close()
	decoded, err := readLimited(r, limit)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, errTooLarge
	}
	return decoded, err
}

// readLimited reads to the end, or is errTooLarge beyond limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// magic names the encoding by the first bytes, or is "".
func magic(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b, 8}):
		return "gzip"
	case bytes.HasPrefix(body, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	}
	return ""
}

// binary tells whether a body is no text, in whatever charset: by the share of
// bytes that no charset uses for text. Compressed data has about a tenth of
// them, and a page with a stray one is still a page.
func binary(body []byte) bool {
	if bytes.HasPrefix(body, []byte{0xfe, 0xff}) || bytes.HasPrefix(body, []byte{0xff, 0xfe}) {
		return false // the byte order mark of UTF-16, where every other byte may be 0
	}
	head := body[:min(len(body), 64<<10)]
	n := 0
	for _, b := range head {
		// All control characters but tab, line feed, form feed, carriage
		// return, and the escape of ISO-2022-JP.
		if b < 0x20 && b != '\t' && b != '\n' && b != '\f' && b != '\r' && b != 0x1b {
			n++
		}
	}
	return n*50 > len(head)
}
