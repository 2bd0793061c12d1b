package foreign

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/textproto"
	"path"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/document"
)

const changedetection = "changedetection.io"

// maxFile is the most that is read of a file in a backup.
const maxFile = 64 << 20

// Keys of a watch that are mapped, and those that are not the user's own settings.
var (
	watchKnown = set(`url title page_title paused time_between_check time_between_check_use_default headers processor restock_settings
		processor_config_restock_diff include_filters method fetch_backend time_schedule_limit follow_price_changes in_stock_only`)
	watchIdle = set(`uuid browser_steps_last_error_step check_count consecutive_filter_failures content-type date_created fetch_time filter_failure_notification_send
		filter_text_added filter_text_removed filter_text_replaced has_ldjson_price_data last_checked last_error last_notification_error last_viewed
		last_changed notification_alert_count notification_format notification_muted previous_md5 previous_md5_before_filters remote_server_reply
		track_ldjson_price_data use_page_title_in_list conditions_match_logic restock trim_text_whitespace history_n viewed link favicon newest_history_key
		content_type last_check_status llm_intent_error __newest_history_key __check_status last_filter_config_hash page_title_lang`)
)

// readBackup reads a zip: url-watches.json, or in newer ones changedetection.json
// and a watch.json of each watch.
func readBackup(data []byte) (*List, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open the zip: %w", err)
	}
	whole := map[string]any{}
	watching := map[string]any{}
	found := false
	for _, f := range archive.File {
		base, dir := path.Base(f.Name), path.Base(path.Dir(f.Name))
		if base != "url-watches.json" && base != "changedetection.json" && base != "watch.json" && base != "restock_diff.json" {
			continue
		}
		object, err := readZipped(f)
		if err != nil {
			return nil, err
		}
		found = true
		watch, _ := watching[dir].(map[string]any)
		if watch == nil {
			watch = map[string]any{}
		}
		switch base {
		case "watch.json":
			maps.Copy(watch, object)
			watching[dir] = watch
		case "restock_diff.json":
			watch["processor_config_restock_diff"] = object["restock_diff"]
			watching[dir] = watch
		default:
			maps.Copy(whole, object)
		}
	}
	if !found {
		return nil, errors.New("the zip is no backup of changedetection.io: it has neither url-watches.json nor changedetection.json")
	}
	old, _ := whole["watching"].(map[string]any)
	for uuid, w := range old {
		into, _ := watching[uuid].(map[string]any)
		from, _ := w.(map[string]any)
		if into == nil || from == nil {
			watching[uuid] = w
			continue
		}
		for key, value := range from {
			if _, has := into[key]; !has {
				into[key] = value
			}
		}
	}
	whole["watching"] = watching
	return watches(whole)
}

func readZipped(f *zip.File) (map[string]any, error) {
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s in the zip: %w", f.Name, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read %s in the zip: %w", f.Name, err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, fmt.Errorf("read %s in the zip: %w", f.Name, err)
	}
	return object, nil
}

// readWatches reads url-watches.json, or the answer of the API's list of watches,
// which are the watches alone.
func readWatches(data []byte) (*List, error) {
	var whole map[string]any
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("it begins like JSON and is none: %w", err)
	}
	if _, ok := whole["watching"].(map[string]any); !ok {
		for _, w := range whole {
			if watch, ok := w.(map[string]any); !ok || watch["url"] == nil {
				return nil, errors.New("it is JSON, and no watch list of changedetection.io: it has no key watching")
			}
		}
		whole = map[string]any{"watching": whole}
	}
	return watches(whole)
}

func watches(whole map[string]any) (*List, error) {
	list := &List{Program: changedetection}
	settings, _ := whole["settings"].(map[string]any)
	application, _ := settings["application"].(map[string]any)
	requests, _ := settings["requests"].(map[string]any)
	if urls, _ := application["notification_urls"].([]any); len(urls) > 0 {
		list.Notes = append(list.Notes, fmt.Sprintf("notification_urls: %d (%s) are not carried over; write them into alerts.urls", len(urls), schemes(urls)))
	}
	for _, key := range []string{"global_ignore_text", "global_subtractive_selectors", "notification_title", "notification_body"} {
		if v := application[key]; !empty(v) && v != "ChangeDetection.io Notification - {{watch_url}}" {
			list.Notes = append(list.Notes, key+" is not carried over")
		}
	}
	if !empty(requests["proxy"]) || !empty(requests["extra_proxies"]) {
		list.Notes = append(list.Notes, "proxies are not carried over")
	}
	usual := between(requests["time_between_check"])
	watching := whole["watching"].(map[string]any)
	uuids := slices.Collect(maps.Keys(watching))
	// In the order in which they were made, as far as it is known.
	slices.SortFunc(uuids, func(a, b string) int {
		x, _ := watching[a].(map[string]any)
		y, _ := watching[b].(map[string]any)
		made := func(w map[string]any) float64 { f, _ := w["date_created"].(float64); return f }
		return cmp.Or(cmp.Compare(made(x), made(y)), cmp.Compare(a, b))
	})
	for _, uuid := range uuids {
		w, ok := watching[uuid].(map[string]any)
		if !ok {
			list.Notes = append(list.Notes, fmt.Sprintf("watch %s is no object", uuid))
			continue
		}
		list.Entries = append(list.Entries, watch(w, usual))
	}
	return list, nil
}

func watch(w map[string]any, usual time.Duration) Entry {
	e := Entry{}
	note := func(format string, args ...any) { e.Notes = append(e.Notes, fmt.Sprintf(format, args...)) }
	key := func(name string, value any) { e.Keys = append(e.Keys, document.Key{Name: name, Value: value}) }
	e.URL, _ = w["url"].(string)
	if rest, ok := strings.CutPrefix(e.URL, "source:"); ok {
		e.URL = rest
		note("source: is not carried over")
	}
	for _, name := range []string{"page_title", "title"} {
		if title, _ := w[name].(string); title != "" {
			e.Title = title
		}
	}
	interval := between(w["time_between_check"])
	if byDefault, set := w["time_between_check_use_default"].(bool); interval == 0 || set && byDefault {
		interval = usual
	}
	if interval > 0 {
		text, changed := every(interval)
		key("every", text)
		if changed != "" {
			note("%s", changed)
		}
	}
	if w["processor"] == "restock_diff" {
		restock(w, key, note)
	} else {
		note("it was watched for changes of its text, and is now watched for stock")
	}
	headers(w["headers"], key, note)
	if paused, _ := w["paused"].(bool); paused {
		key("enabled", false)
	}
	if filters, _ := w["include_filters"].([]any); !empty(w["include_filters"]) {
		for _, f := range filters {
			note("include_filters: %v is not carried over; where the page is read wrongly, select has the place for a selector", f)
		}
	}
	if method, _ := w["method"].(string); method != "" && method != "GET" {
		note("method %s is not carried over; pages are read with GET", method)
	}
	if backend, _ := w["fetch_backend"].(string); strings.Contains(backend, "webdriver") || strings.HasPrefix(backend, "extra_browser") {
		note("it was read by a browser; see with stockcheck explain whether it can be read without")
	}
	if limit, _ := w["time_schedule_limit"].(map[string]any); limit["enabled"] == true {
		note("time_schedule_limit is not carried over")
	}
	e.Notes = append(e.Notes, unmapped(w, watchKnown, watchIdle)...)
	return e
}

// restock maps what the re-stock detection is set to.
func restock(w map[string]any, key func(string, any), note func(string, ...any)) {
	s, _ := w["processor_config_restock_diff"].(map[string]any)
	if s == nil {
		s, _ = w["restock_settings"].(map[string]any)
	}
	if s == nil { // of older versions
		s = map[string]any{}
		if only, ok := w["in_stock_only"].(bool); ok && !only {
			s["in_stock_processing"] = "all_changes"
		}
		if follow, ok := w["follow_price_changes"]; ok {
			s["follow_price_changes"] = follow
		}
	}
	if below, ok := s["price_change_min"].(float64); ok && below > 0 {
		key("maxPrice", below)
	}
	on := []string{"inStock"}
	switch s["in_stock_processing"] {
	case "all_changes":
		on = append(on, "gone")
	case "off":
		on = nil
	}
	if follow, ok := s["follow_price_changes"].(bool); !ok || follow {
		on = append(on, "priceDrop")
	}
	if len(on) == 0 {
		note("it told neither stock nor prices; it tells what comes in stock now")
	} else {
		key("alertOn", on)
	}
	if !empty(s["price_change_max"]) {
		note("price_change_max is not carried over; a price that rises is not told")
	}
	if !empty(s["price_change_threshold_percent"]) {
		note("price_change_threshold_percent is not carried over; each lower price is told")
	}
}

// headers maps request headers.
func headers(v any, key func(string, any), note func(string, ...any)) {
	object, _ := v.(map[string]any)
	kept := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch value := object[name].(type) {
		case string:
			kept[textproto.CanonicalMIMEHeaderKey(name)] = value
		default:
			note("the header %s is not carried over, since it is no text", name)
		}
	}
	if len(kept) > 0 {
		key("headers", kept)
	}
}

// between is an interval as changedetection.io writes it, or 0.
func between(v any) time.Duration {
	parts, _ := v.(map[string]any)
	total := time.Duration(0)
	for unit, length := range map[string]time.Duration{"weeks": 7 * 24 * time.Hour, "days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second} {
		switch n := parts[unit].(type) {
		case float64:
			total += time.Duration(n * float64(length))
		case string:
			var f float64
			if _, err := fmt.Sscan(n, &f); err == nil {
				total += time.Duration(f * float64(length))
			}
		}
	}
	return max(total, 0)
}

// schemes are what URLs begin with, which is no secret.
func schemes(urls []any) string {
	var all []string
	for _, u := range urls {
		text, _ := u.(string)
		scheme, _, _ := strings.Cut(text, ":")
		if scheme != "" && !slices.Contains(all, scheme) {
			all = append(all, scheme)
		}
	}
	return strings.Join(all, ", ")
}
