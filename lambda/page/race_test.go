//go:build race

package page

// raced tells that the race detector runs, which takes many times the memory.
const raced = true
