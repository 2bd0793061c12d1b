package document

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"stockchecker/lambda/checker"
)

// schema is the JSON Schema that stands beside a checkers.json.
const schema = "checkers.schema.json"

// Update edits a file. Where there is none, edit gets an empty one. The file is
// replaced as a whole, through a symbolic link, with its mode; of several that
// update it at once, each finds what the others have written. If edit fails,
// nothing is written.
//
// A file that has faults, or would have after the edit, is left as it is: the
// error is then a checker.Faults, or has one in it.
func Update(path string, edit func(*Document) error) error {
	file, err := resolve(path)
	if err != nil {
		return fmt.Errorf("edit %s: %w", path, reason(err))
	}
	unlock, err := lock(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("edit %s: %w", path, reason(err))
	}
	defer unlock()
	mode := fs.FileMode(0o644)
	old, err := os.ReadFile(file)
	absent := errors.Is(err, fs.ErrNotExist)
	switch {
	case err == nil:
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("edit %s: %w", path, reason(err))
		}
		mode = info.Mode().Perm()
	case !absent:
		return fmt.Errorf("edit %s: %w", path, reason(err))
	}
	next, err := edited(path, old, edit)
	if err != nil {
		return err
	}
	if bytes.Equal(next, old) {
		return nil
	}
	// An editor takes no lock.
	now, err := os.ReadFile(file)
	if absent != errors.Is(err, fs.ErrNotExist) || !bytes.Equal(now, old) {
		return fmt.Errorf("edit %s: something else has written it just now; nothing was changed, try again", path)
	}
	if err := replace(file, next, mode); err != nil {
		return fmt.Errorf("edit %s: %w", path, reason(err))
	}
	return nil
}

// Try is Update without the writing: what the file would say.
func Try(path string, edit func(*Document) error) (*checker.File, error) {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("edit %s: %w", path, reason(err))
	}
	next, err := edited(path, old, edit)
	if err != nil {
		return nil, err
	}
	return checker.Parse(path, next)
}

// edited is the text after the edit, which is a good checkers.json.
func edited(path string, old []byte, edit func(*Document) error) ([]byte, error) {
	d, err := parse(old)
	if err != nil {
		if _, faults := checker.Parse(path, old); faults != nil {
			return nil, faults
		}
		return nil, fmt.Errorf("edit %s: %w", path, err)
	}
	if len(d.Names()) > 0 { // a file without checkers has that as its fault, which Add mends
		if _, faults := checker.Parse(path, old); faults != nil {
			return nil, faults
		}
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(old, byteOrderMark))) == 0 {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), schema)); err == nil {
			d.AddKey("$schema", []byte(`"./`+schema+`"`))
		}
	}
	if err := edit(d); err != nil {
		return nil, err
	}
	next := d.bytes()
	if _, err := checker.Parse(path, next); err != nil {
		var faults checker.Faults
		if errors.As(err, &faults) {
			for i := range faults {
				faults[i].File = "" // nothing is written, so that there is no place to look at
			}
		}
		return nil, fmt.Errorf("edit %s: nothing was changed, since the file would then have a fault: %w", path, err)
	}
	return next, nil
}

// resolve follows a symbolic link to the file that is edited, which need not exist.
func resolve(path string) (string, error) {
	file, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return "", errors.New("it is a symbolic link that leads nowhere")
		}
		return path, nil
	}
	return file, err
}

// replace puts a file in place of another, so that at any moment one of the two is there.
func replace(file string, data []byte, mode fs.FileMode) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}

// reason is an error without the path, which is said already.
func reason(err error) error {
	var in *fs.PathError
	if errors.As(err, &in) {
		return in.Err
	}
	return err
}
