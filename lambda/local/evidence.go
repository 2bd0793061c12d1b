package local

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stockchecker/lambda/watch"
)

const (
	evidenceAge    = 14 * 24 * time.Hour
	evidenceTime   = "20060102T150405.000Z"
	evidenceSuffix = ".html.gz"
)

// Keep implements watch.EvidenceKeeper: DIR/evidence/NAME/TIME-STATUS.html.gz.
// It also removes what the checker has there from more than 14 days before.
func (s *FileStore) Keep(ctx context.Context, name string, at time.Time, why watch.Status, body []byte) error {
	what := "keep evidence of " + name
	if err := checkName(name); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	dir := filepath.Join(s.evidence, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fault(what, err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(body)
	if err := errors.Join(err, w.Close()); err != nil {
		return fault(what, err)
	}
	file := filepath.Join(dir, at.UTC().Format(evidenceTime)+"-"+string(why)+evidenceSuffix)
	if err := replace(file, packed.Bytes()); err != nil {
		return fault(what, err)
	}
	if err := prune(dir, at.Add(-evidenceAge)); err != nil {
		return fault("prune evidence of "+name, err)
	}
	return nil
}

// prune removes the evidence in a folder that was read before a moment, and
// temporary files of that age, which are leftovers. It leaves alone what is not
// named as evidence is.
func prune(dir string, before time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		stamp := strings.TrimPrefix(entry.Name(), tempPrefix)
		if !entry.Type().IsRegular() || !strings.Contains(stamp, evidenceSuffix) || len(stamp) < len(evidenceTime) {
			continue
		}
		at, err := time.Parse(evidenceTime, stamp[:len(evidenceTime)])
		if err != nil || !at.Before(before) {
			continue
		}
		// Another process may have been faster.
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
