package checker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Schema is the JSON Schema of checkers.json, made from the tables of keys. It
// says all of the form and what a pattern can say; what needs more, such as
// whether a selector compiles, only Parse knows.
func Schema() ([]byte, error) {
	root := objectSchema(fileKeys, nil)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "checkers.json"
	root.Description = "What the stock checker watches, and who is told."
	root.Properties["defaults"].fill(objectSchema(checkerKeys, func(k *key) bool { return k.own }))
	root.Properties["checkers"].Items = objectSchema(checkerKeys, nil)

	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return b.Bytes(), nil
}

type schema struct {
	Schema               string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 any                `json:"type,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	Format               string             `json:"format,omitempty"`
	MinLength            int                `json:"minLength,omitempty"`
	Minimum              *int               `json:"minimum,omitempty"`
	ExclusiveMinimum     *int               `json:"exclusiveMinimum,omitempty"`
	Maximum              *int               `json:"maximum,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	UniqueItems          bool               `json:"uniqueItems,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Default              json.RawMessage    `json:"default,omitempty"`
	Examples             []json.RawMessage  `json:"examples,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"`
}

// fill takes over what another schema says of an object's members.
func (s *schema) fill(o *schema) {
	s.Required, s.Properties, s.AdditionalProperties = o.Required, o.Properties, o.AdditionalProperties
}

func objectSchema(keys []key, without func(*key) bool) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
	for i := range keys {
		k := &keys[i]
		if without != nil && without(k) {
			continue
		}
		if k.required {
			s.Required = append(s.Required, k.name)
		}
		p := formSchema(&k.form)
		p.Description = k.description()
		if k.initial != "" {
			p.Default = json.RawMessage(k.initial)
		}
		for _, e := range k.examples {
			p.Examples = append(p.Examples, json.RawMessage(e))
		}
		s.Properties[k.name] = p
	}
	return s
}

func formSchema(f *form) *schema {
	s := &schema{Pattern: f.pattern, Format: f.format, Enum: f.values, UniqueItems: f.unique}
	var types []string
	for k, name := range map[kind]string{boolKind: "boolean", numberKind: "number", stringKind: "string", listKind: "array", objectKind: "object"} {
		if f.kinds&k == 0 {
			continue
		}
		if f.whole {
			name = "integer"
		}
		types = append(types, name)
	}
	s.Type = types[0]
	if len(types) > 1 {
		slices.Sort(types)
		s.Type = types
	}
	if f.kinds&stringKind != 0 && f.pattern == "" && len(f.values) == 0 {
		s.MinLength = 1
	}
	if f.kinds&numberKind != 0 {
		if f.above0 {
			s.ExclusiveMinimum = new(int)
		} else {
			s.Minimum = &f.min
		}
		if f.max != 0 {
			s.Maximum = &f.max
		}
	}
	if f.kinds == listKind {
		s.MinItems = f.min
	}
	if f.keys != nil {
		s.fill(objectSchema(f.keys, nil))
	}
	if f.item != nil {
		if f.kinds == objectKind {
			s.AdditionalProperties = formSchema(f.item)
		} else {
			s.Items = formSchema(f.item)
		}
	}
	return s
}

// Reference is the keys of a checker as a table in Markdown.
func Reference() string { return reference(checkerKeys) }

// AlertsReference is the keys of alerts as such a table.
func AlertsReference() string { return reference(alertKeys) }

func reference(keys []key) string {
	var b strings.Builder
	b.WriteString("| key | meaning | default |\n| --- | --- | --- |\n")
	writeRows(&b, "", keys)
	return b.String()
}

func writeRows(b *strings.Builder, path string, keys []key) {
	for i := range keys {
		k := &keys[i]
		if k.form.keys != nil {
			fmt.Fprintf(b, "| `%s` | %s | |\n", join(path, k.name), cell(k.description()))
			writeRows(b, join(path, k.name), k.form.keys)
			continue
		}
		initial := ""
		switch {
		case k.required:
			initial = "required"
		case k.initial != "":
			initial = "`" + k.initial + "`"
		}
		about := k.description()
		if k.initial == "" && len(k.examples) > 0 {
			about += " Example: `" + strings.Join(k.examples, "` or `") + "`."
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", join(path, k.name), cell(about), initial)
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
