package checker

// Path is a path into JSON: a.b[0].c, with [*] for any element.
type Path struct {
	Source string
	Steps  []Step
}

// Step is one step of a Path: into the member Key, or, where Key is "", into
// the element Index, or into each element when Index is AnyIndex.
type Step struct {
	Key   string
	Index int
}

// AnyIndex stands for [*].
const AnyIndex = -1
