package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"stockchecker/lambda/watch"
)

// FileStore keeps the state of each checker in a file, DIR/state/NAME.json, and
// the pages of alerts in DIR/evidence/NAME. Several goroutines and several
// processes may share a folder. A state file is replaced as a whole: a process
// that dies while it saves leaves the old state or the new one. A state that could
// not be read is kept beside it, as NAME.json.corrupt-TIME.
type FileStore struct {
	state    string // folder
	evidence string // folder
	turn     chan struct{}
}

var (
	_ watch.Lister         = (*FileStore)(nil)
	_ watch.EvidenceKeeper = (*FileStore)(nil)
)

const (
	stateSuffix   = ".json"
	corruptSuffix = ".corrupt-"
	tempPrefix    = ".saving-"
	lockName      = ".lock"
)

// NewFileStore opens the store in a folder, which it makes if there is none.
func NewFileStore(dir string) (*FileStore, error) {
	s := &FileStore{
		state:    filepath.Join(dir, "state"),
		evidence: filepath.Join(dir, "evidence"),
		turn:     make(chan struct{}, 1),
	}
	if err := os.MkdirAll(s.state, 0o777); err != nil {
		return nil, fault("open state folder "+dir, err)
	}
	// Under the lock: without it a file that another process is just writing
	// would look like a leftover.
	unlock, err := s.lock(context.Background())
	if err != nil {
		return nil, fault("open state folder "+dir, err)
	}
	defer unlock()
	leftovers, err := filepath.Glob(filepath.Join(globSafe(s.state), tempPrefix+"*"))
	if err != nil {
		return nil, fault("open state folder "+dir, err)
	}
	for _, file := range leftovers {
		if err := os.Remove(file); err != nil {
			return nil, fault("open state folder "+dir, err)
		}
	}
	return s, nil
}

// Load implements watch.Store. It needs no lock: a file is there whole or not
// at all.
func (s *FileStore) Load(ctx context.Context, name string) ([]byte, string, error) {
	what := "load state of " + name
	file, err := s.file(name)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", what, err)
	}
	data, version, err := read(file)
	if err != nil {
		return nil, "", fault(what, err)
	}
	return data, version, nil
}

// Save implements watch.Store.
func (s *FileStore) Save(ctx context.Context, name string, data []byte, version string) (string, error) {
	what := "save state of " + name
	file, err := s.file(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return "", fault(what, err)
	}
	defer unlock()
	_, current, err := read(file)
	if err != nil {
		return "", fault(what, err)
	}
	if current != version {
		return "", fmt.Errorf("%s: %w", what, watch.ErrConflict)
	}
	if err := replace(file, data); err != nil {
		return "", fault(what, err)
	}
	return hash(data), nil
}

// SetAside implements watch.Store: DIR/state/NAME.json.corrupt-TIME.
func (s *FileStore) SetAside(ctx context.Context, name string, data []byte, at time.Time) (string, error) {
	what := "set aside state of " + name
	file, err := s.file(name)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	place := file + corruptSuffix + at.UTC().Format(watch.AsideTime)
	if err := replace(place, data); err != nil {
		return "", fault(what, err)
	}
	return place, nil
}

// Versions implements watch.Lister.
func (s *FileStore) Versions(ctx context.Context) (map[string]string, error) {
	const what = "list states"
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	entries, err := os.ReadDir(s.state)
	if err != nil {
		return nil, fault(what, err)
	}
	versions := make(map[string]string, len(entries))
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), stateSuffix)
		if !ok || !validName.MatchString(name) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since
		}
		if err != nil {
			return nil, fault(what, err)
		}
		// Each write makes a new file: two within the clock's tick differ by the inode.
		versions[name] = fmt.Sprintf("%d %d %d", info.ModTime().UnixNano(), info.Size(), inode(info))
	}
	return versions, nil
}

// validName is the rule for checker names. Here it also keeps a name from
// leading out of the folder.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func checkName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("name %q does not match %s", name, validName)
	}
	return nil
}

func (s *FileStore) file(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	return filepath.Join(s.state, name+stateSuffix), nil
}

// lock takes the store for one writer, among this process's goroutines and
// among processes.
func (s *FileStore) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release := func() { <-s.turn }
	file, err := os.OpenFile(filepath.Join(s.state, lockName), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		release()
		return nil, err
	}
	// Closing the file gives the lock up, and so does the death of the process.
	unlock = func() { file.Close(); release() }
	// The system's blocking lock can't be given up when the context ends, and
	// a stopped process may hold the lock for long.
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		locked, err := tryLock(file)
		if err != nil {
			unlock()
			return nil, &fs.PathError{Op: "lock", Path: file.Name(), Err: err}
		}
		if locked {
			return unlock, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			unlock()
			return nil, fmt.Errorf("wait for %s, held by another process: %w", file.Name(), ctx.Err())
		}
	}
}

// read reads a file and its version; nil and "" if there is none.
func read(file string) ([]byte, string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return data, hash(data), nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// replace writes a file so that it has all of the old content or all of the
// new, whatever dies in between: the content is on the disk before the name
// leads to it.
func replace(file string, data []byte) (err error) {
	dir := filepath.Dir(file)
	temp, err := os.CreateTemp(dir, tempPrefix+filepath.Base(file)+"-*")
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
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), file); err != nil {
		return err
	}
	return syncDir(dir)
}

// globSafe escapes what Glob would read as a pattern.
func globSafe(path string) string {
	if os.PathSeparator == '\\' {
		return path // there Glob has no escape
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// fault says in a person's words why the disk refused.
func fault(what string, err error) error {
	var path string
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		path = pathError.Path
	} else if linkError := (*os.LinkError)(nil); errors.As(err, &linkError) {
		path = linkError.New
	}
	say := func(why, advice string) error {
		return fmt.Errorf("%s: %s; %s (%w)", what, why, advice, err)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return say("disk full", "free some space at "+filepath.Dir(path))
	case errors.Is(err, syscall.EROFS):
		return say("read-only file system", "name another folder with --state")
	case errors.Is(err, syscall.ENOTDIR):
		return say("a file stands where a folder is to be", "name a folder with --state")
	case errors.Is(err, fs.ErrPermission):
		return say("no permission", "allow writing to "+filepath.Dir(path)+", or name another folder with --state")
	}
	return fmt.Errorf("%s: %w", what, err)
}
