package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"stockchecker/lambda/checker"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"${enum}."`
}

// scripts hand the words of the command line to stockcheck itself, so that what
// is completed is always what this program takes. Where it offers nothing, the
// shell offers files.
var scripts = map[string]string{
	"bash": `# bash completion of stockcheck
_stockcheck() {
    local IFS=$'\n'
    COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _stockcheck stockcheck
`,
	"zsh": `#compdef stockcheck
_stockcheck() {
    local -a found
    local line
    for line in "${(@f)$(${words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( $#found )); then
        _describe stockcheck found
    else
        _files
    fi
}
if [[ $funcstack[1] == _stockcheck ]]; then
    _stockcheck "$@"
else
    compdef _stockcheck stockcheck
fi
`,
	"fish": `# fish completion of stockcheck
function __stockcheck_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c stockcheck -f -a '(__stockcheck_complete)'
`,
}

func (s *completionCommand) Run(c *console) error {
	fmt.Fprint(c.out, scripts[s.Shell])
	return nil
}

// completeCommand is what the scripts call: the words after stockcheck, the last
// of them the one that is typed.
type completeCommand struct {
	Words []string `arg:"" optional:""`
}

func (s *completeCommand) Run(c *console, parser *kong.Kong) error {
	for _, w := range complete(parser.Model.Node, s.Words) {
		fmt.Fprintf(c.out, "%s\t%s\n", w.text, w.help)
	}
	return nil
}

// candidate is a word that may stand where the cursor is.
type candidate struct{ text, help string }

// complete is what the last word may become. Nothing stands for a file's name, or
// for a text of the user's own.
func complete(node *kong.Node, words []string) []candidate {
	typed := ""
	if n := len(words); n > 0 {
		typed, words = words[n-1], words[:n-1]
	}
	file := "checkers.json"
	var waiting *kong.Flag // whose value comes next
	position := 0
	for _, w := range words {
		switch {
		case w == "=": // bash makes a word of it
		case waiting != nil:
			if waiting.Name == "file" {
				file = w
			}
			waiting = nil
		case strings.HasPrefix(w, "-"):
			name, value, assigned := strings.Cut(w, "=")
			f := flagOf(node, name)
			switch {
			case f != nil && f.Name == "file" && assigned:
				file = value
			case f != nil && !f.IsBool() && !assigned:
				waiting = f
			}
		case len(node.Children) > 0:
			i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == w })
			if i < 0 {
				return nil
			}
			node = node.Children[i]
		default:
			position++
		}
	}
	if typed == "=" {
		typed = ""
	}
	var all []candidate
	before := "" // of the typed word, which all candidates begin with
	switch {
	case waiting != nil:
		all = valuesOf(waiting.Value, file)
	case strings.HasPrefix(typed, "-"):
		if name, _, assigned := strings.Cut(typed, "="); assigned {
			if f := flagOf(node, name); f != nil {
				before = name + "="
				all = valuesOf(f.Value, file)
			}
			break
		}
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				all = append(all, candidate{"--" + f.Name, f.Help})
			}
		}
	case len(node.Children) > 0:
		for _, c := range node.Children {
			if !c.Hidden {
				all = append(all, candidate{c.Name, c.Help})
			}
		}
	case len(node.Positional) > 0:
		p := node.Positional[min(position, len(node.Positional)-1)]
		if position < len(node.Positional) || p.IsCumulative() {
			all = valuesOf(p, file)
		}
	}
	var found []candidate
	for _, w := range all {
		if w.text = before + w.text; strings.HasPrefix(w.text, typed) {
			found = append(found, w)
		}
	}
	return found
}

// flagOf is the flag that a word such as --file or -y names, or nil.
func flagOf(node *kong.Node, word string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			if "--"+f.Name == word || f.Short != 0 && "-"+string(f.Short) == word {
				return f
			}
		}
	}
	return nil
}

// valuesOf are the values that a flag or an argument may have, as far as they are known.
func valuesOf(v *kong.Value, file string) []candidate {
	var found []candidate
	switch {
	case v.Enum != "":
		for _, e := range v.EnumSlice() {
			found = append(found, candidate{e, ""})
		}
	case v.Tag.Get("complete") == "checkers":
		f, err := checker.Load(file)
		if err != nil {
			return nil // the command itself will say so
		}
		for _, d := range f.Checkers {
			found = append(found, candidate{d.Name(), d.URL()})
		}
	case v.Tag.Get("complete") == "stores":
		for _, s := range checker.StoreNames() {
			found = append(found, candidate{s, ""})
		}
	}
	return found
}
