package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"stockchecker/lambda/watch"
)

// Memory is a store in memory, for tests. Its versions are content hashes, as
// those of files and S3 are. The zero value is an empty store, safe for use by
// many goroutines.
type Memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	aside   map[string][]byte // by place
}

var _ watch.Lister = (*Memory)(nil)

// Load implements watch.Store.
func (m *Memory) Load(ctx context.Context, name string) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", fmt.Errorf("load state of %s: %w", name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, there := m.objects[name]
	if !there {
		return nil, "", nil
	}
	return bytes.Clone(data), version(data), nil
}

// Save implements watch.Store.
func (m *Memory) Save(ctx context.Context, name string, data []byte, old string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("save state of %s: %w", name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	current := ""
	if data, there := m.objects[name]; there {
		current = version(data)
	}
	if current != old {
		return "", fmt.Errorf("save state of %s: %w", name, watch.ErrConflict)
	}
	if m.objects == nil {
		m.objects = map[string][]byte{}
	}
	// Never nil, which would read as "none".
	m.objects[name] = append([]byte{}, data...)
	return version(data), nil
}

// SetAside implements watch.Store.
func (m *Memory) SetAside(ctx context.Context, name string, data []byte, at time.Time) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("set aside state of %s: %w", name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.aside == nil {
		m.aside = map[string][]byte{}
	}
	place := name + ".json.corrupt-" + at.UTC().Format(watch.AsideTime)
	m.aside[place] = bytes.Clone(data)
	return place, nil
}

// Aside is what was set aside, by place.
func (m *Memory) Aside() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.aside)
}

// Names lists the names that have an object, sorted.
func (m *Memory) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

// Versions implements watch.Lister.
func (m *Memory) Versions(ctx context.Context) (map[string]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list states: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := make(map[string]string, len(m.objects))
	for name, data := range m.objects {
		versions[name] = version(data)
	}
	return versions, nil
}

func version(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
