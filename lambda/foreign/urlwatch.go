package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"stockchecker/lambda/document"
)

// Keys of a job that are mapped, and those that only say how it was run.
var (
	jobKnown = set("name url navigate command kind filter headers cookies enabled method data")
	jobIdle  = set("max_tries timeout ignore_connection_errors ignore_timeout_errors ignore_too_many_redirects ignore_cached treat_new_as_changed note index_number")
)

// readJobs reads urls.yaml: a document for each job.
func readJobs(data []byte) (*List, error) {
	list := &List{Program: "urlwatch"}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for n := 1; ; n++ {
		var value any
		err := dec.Decode(&value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it is no file of changedetection.io, urlwatch or streetmerchant that can be read: %w", err)
		}
		if value == nil {
			continue
		}
		job, ok := value.(map[string]any)
		if !ok || job["url"] == nil && job["navigate"] == nil && job["command"] == nil {
			return nil, fmt.Errorf("it is no file of changedetection.io, urlwatch or streetmerchant: its document %d has neither url nor navigate nor command", n)
		}
		title, _ := job["name"].(string)
		if job["command"] != nil {
			list.Notes = append(list.Notes, fmt.Sprintf("job %d %q is left out: it watches a command, not a page", n, title))
			continue
		}
		if job["data"] != nil || job["method"] != nil && !strings.EqualFold(fmt.Sprint(job["method"]), "GET") {
			list.Notes = append(list.Notes, fmt.Sprintf("job %d %q is left out: it sends data to a page, which is not done here", n, title))
			continue
		}
		list.Entries = append(list.Entries, jobEntry(job, title))
	}
	if len(list.Entries)+len(list.Notes) == 0 {
		return nil, errors.New("it has no jobs")
	}
	return list, nil
}

func jobEntry(job map[string]any, title string) Entry {
	e := Entry{Title: title}
	note := func(format string, args ...any) { e.Notes = append(e.Notes, fmt.Sprintf(format, args...)) }
	key := func(name string, value any) { e.Keys = append(e.Keys, document.Key{Name: name, Value: value}) }
	e.URL, _ = job["url"].(string)
	if page, ok := job["navigate"].(string); ok {
		e.URL = page
		note("it was read by a browser; see with stockcheck explain whether it can be read without")
	}
	sent := map[string]any{}
	if given, ok := job["headers"].(map[string]any); ok {
		maps.Copy(sent, given)
	}
	if cookies, ok := job["cookies"].(map[string]any); ok {
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(cookies)) {
			pairs = append(pairs, fmt.Sprintf("%s=%v", name, cookies[name]))
		}
		sent["Cookie"] = strings.Join(pairs, "; ")
	}
	headers(sent, key, note)
	if enabled, ok := job["enabled"].(bool); ok && !enabled {
		key("enabled", false)
	}
	filters, ok := job["filter"].([]any)
	if !ok && job["filter"] != nil {
		filters = []any{job["filter"]}
	}
	for _, f := range filters {
		if one, ok := f.(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(one)) {
				note("filter %s: %v is not carried over", name, one[name])
			}
			continue
		}
		note("filter %v is not carried over", f)
	}
	e.Notes = append(e.Notes, unmapped(job, jobKnown, jobIdle)...)
	return e
}
