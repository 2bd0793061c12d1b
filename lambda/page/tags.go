package page

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// tag is what the HTML standard says of an element's name.
type tag struct {
	name  string
	atom  atom.Atom
	flags tagFlags
	id    byte // from 1; 0: not known
}

type tagFlags uint32

const (
	voidTag     tagFlags = 1 << iota // it has no end tag and nothing in it
	rawTag                           // no tags are read in it
	blockTag                         // it ends a paragraph, and its own end tag those of its parts
	formatTag                        // it goes on in what follows until it is ended
	specialTag                       // end tags of others do not reach beyond it
	scopeTag                         // those of blocks neither
	impliedTag                       // its end tag may be left out
	headTag                          // it belongs into the head
	tableTag                         // a part of a table, which is none elsewhere
	headingTag                       // h1 to h6
	plainTag                         // it does not take over the formats around it
	droppedTag                       // no reader looks at it
	listTag                          // it has no text of its own, so that white space in it is none
	endsInScope                      // its end tag counts only where it is open
)

// tagLists are the names by what the standard says of them.
var tagLists = []struct {
	flags tagFlags
	names string
}{
	{voidTag, "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"},
	{rawTag, "iframe noembed noframes noscript script style textarea title xmp"},
	{blockTag | endsInScope, "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer header hgroup listing main menu nav ol pre search section summary ul"},
	{blockTag, "p form li dd dt plaintext xmp h1 h2 h3 h4 h5 h6"},
	{endsInScope, "button select"},
	{formatTag, "a b big code em font i nobr s small strike strong tt u"},
	{specialTag, "address applet area article aside base basefont bgsound blockquote body br button caption center col colgroup dd details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li link listing main marquee menu meta nav noembed noframes noscript object ol p param plaintext pre script section select source style summary table tbody td template textarea tfoot th thead title tr track ul wbr xmp"},
	{scopeTag, "applet caption html marquee object select table td template th"},
	{impliedTag, "dd dt li optgroup option p rb rp rt rtc"},
	{headTag, "base basefont bgsound link meta noframes script style template title"},
	{tableTag, "caption col colgroup tbody td tfoot th thead tr"},
	{headingTag, "h1 h2 h3 h4 h5 h6"},
	{plainTag, "param source track hr textarea iframe noembed noscript rb rtc rp rt table"},
	{listTag, "table tbody thead tfoot tr select"},
	{droppedTag, "style template noscript svg object canvas video audio"},
	{0, "html head body frameset math ruby span label time data sub sup ins del abbr cite q kbd var mark bdi bdo dfn samp output progress meter picture map menuitem slot legend caption thead image foreignobject desc mi mo mn ms mtext"},
}

// tags is by hash of the name, with the next free slot taken.
var tags = func() (table [1 << 10]tag) {
	flags := map[string]tagFlags{}
	var order []string
	for _, list := range tagLists {
		for name := range strings.FieldsSeq(list.names) {
			if _, ok := flags[name]; !ok {
				order = append(order, name)
			}
			flags[name] |= list.flags
		}
	}
	for i, name := range order {
		slot := tagSlot(name)
		for table[slot].name != "" {
			slot = (slot + 1) % len(table)
		}
		table[slot] = tag{name: name, atom: atom.Lookup([]byte(name)), flags: flags[name], id: byte(i + 1)}
	}
	return table
}()

func tagSlot(name string) int {
	n := len(name)
	return (int(name[0])*5 + int(name[n-1])*59 + int(name[n/2])*7 + n*113) & (1<<10 - 1)
}

// otherTag is any tag that the standard has nothing to say of.
var otherTag tag

// tagNamed is what is known of a name in lower case.
func tagNamed(name string) *tag {
	for slot := tagSlot(name); ; slot = (slot + 1) % len(tags) {
		t := &tags[slot]
		if t.name == name {
			return t
		}
		if t.name == "" {
			return &otherTag
		}
	}
}
