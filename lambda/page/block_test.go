package page

import "testing"

// A rule is compiled when it is first asked for, so a wrong one would show late.
func TestBlockRulesCompile(t *testing.T) {
	rules := blockRules()
	for i := range rules {
		r := &rules[i]
		if r.url != nil {
			r.url()
		}
		if r.title != nil {
			r.title()
		}
		if r.text != nil {
			r.text()
		}
		if r.sel != nil {
			r.sel()
		}
		if r.url == nil && r.title == nil && r.text == nil && r.sel == nil && r.header == nil {
			t.Errorf("the rule of %s holds on every page", r.name)
		}
	}
	if len(rules) < 20 {
		t.Errorf("%d rules", len(rules))
	}
}
