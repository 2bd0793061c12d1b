package page

import (
	"strings"
	"sync"
)

// sign is one way in which a currency is written beside an amount.
type sign struct {
	// currency is what the sign means when nothing else is known, "" where that
	// is open; others are the further currencies that it may stand for.
	currency, others string
	// least is the smallest amount that the sign makes a price inside a text with
	// unknown words: "6 Ft cable" is no price in forints. It does not count in a
	// text that is all price.
	least int64
}

// never is the least of signs that are words of their own: "AMD 7600 processor".
const never = 1 << 62

// may tells whether the sign can stand for the currency.
func (s sign) may(currency string) bool {
	return currency != "" && (s.currency == currency || strings.Contains(s.others, currency))
}

// isoCodes are the currencies in use, and those that shops still write.
const isoCodes = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD " +
	"CAD CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD " +
	"HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD " +
	"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR " +
	"RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS " +
	"UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL"

// isoWords are codes that are words or names too; they count as a sign in a
// text with other words only from the given amount on.
var isoWords = []struct {
	codes string
	least int64
}{
	{"ALL AMD CVE NIO TOP", never},
	{"ANG BAM BOB BTN COP CUP GEL LAK MAD MOP PEN PHP SLE SOS TRY", 100},
}

// dollars are the currencies that "$" alone may stand for.
const dollars = "ARS AUD BBD BMD BND BRL BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD UYU XCD ZWL"

const (
	rupees = "LKR MUR NPR PKR SCR"
	crowns = "DKK ISK NOK SEK"
	riyals = "IRR OMR QAR SAR YER"
	pounds = "EGP FKP GIP LBP SDG SHP SSP SYP"
)

// signs are the ways of writing besides the ISO codes. A row with "~" before
// its signs holds for upper and lower case. A single Latin letter is a sign
// only before the amount.
var signs = []struct {
	texts string
	sign
}{
	// dollars and what is written with their sign
	{"$", sign{"USD", dollars, 0}},
	{"US$ U.S.$ USD$ U$S u$s U$ US-$ ~dollars ~dollar", sign{"USD", "", 0}},
	{"A$ AU$ Au$ AUD$", sign{"AUD", "", 0}},
	{"AR$", sign{"ARS", "", 0}},
	{"B$", sign{"BSD", "BND", 0}},
	{"BN$", sign{"BND", "", 0}},
	{"BZ$", sign{"BZD", "", 0}},
	{"Bds$ BDS$", sign{"BBD", "", 0}},
	{"C$", sign{"CAD", "NIO", 0}},
	{"CA$ CAD$ Can$ CDN$", sign{"CAD", "", 0}},
	{"CI$", sign{"KYD", "", 0}},
	{"CL$ CLP$", sign{"CLP", "", 0}},
	{"CO$ COL$ COP$", sign{"COP", "", 0}},
	{"CUC$", sign{"CUC", "", 0}},
	{"CUP$ $MN", sign{"CUP", "", 0}},
	{"CV$ Esc", sign{"CVE", "", never}},
	{"EC$", sign{"XCD", "", 0}},
	{"FJ$", sign{"FJD", "", 0}},
	{"G$ GY$", sign{"GYD", "", 0}},
	{"HK$ HKD$", sign{"HKD", "", 0}},
	{"J$ JA$", sign{"JMD", "", 0}},
	{"L$", sign{"LRD", "", 0}},
	{"MOP$", sign{"MOP", "", 0}},
	{"MX$ Mex$ MEX$ Mx$ MXN$", sign{"MXN", "", 0}},
	{"N$", sign{"NAD", "", 0}},
	{"NT$ NTD NTD$", sign{"TWD", "", 0}},
	{"NZ$ NZD$", sign{"NZD", "", 0}},
	{"R$ ~reais", sign{"BRL", "", 0}},
	{"RD$", sign{"DOP", "", 0}},
	{"S$ SG$ SGD$", sign{"SGD", "", 0}},
	{"SI$", sign{"SBD", "", 0}},
	{"SR$ Sr$", sign{"SRD", "", 0}},
	{"T$", sign{"TOP", "", 0}},
	{"TT$", sign{"TTD", "", 0}},
	{"$U UY$", sign{"UYU", "", 0}},
	{"WS$", sign{"WST", "", 0}},
	{"Z$", sign{"ZWL", "", 0}},
	{"$b", sign{"BOB", "", 0}},

	// Europe
	{"€ ~euro ~euros ~ευρώ ~евро ~eiro ~eurot ~evro", sign{"EUR", "", 0}},
	{"£", sign{"GBP", pounds, 0}},
	{"£E E£ £e", sign{"EGP", "", 0}},
	{"Fr ~sfr", sign{"CHF", "", 0}},
	{"fr FR", sign{"CHF", "", never}},
	{"~kr ~krónur ~kronor ~kroner ~skr ~nkr ~dkr ~isk", sign{"", crowns, 0}},
	{"~zł ~złotych zl Zl", sign{"PLN", "", 0}},
	{"~kč Kc Kčs", sign{"CZK", "", 0}},
	{"Ft FT ~forint", sign{"HUF", "", 100}},
	{"~lei ~ron ~leu", sign{"RON", "MDL", 0}},
	{"~лв ~лева ~leva", sign{"BGN", "", 0}},
	{"kn Kn KN ~kuna", sign{"HRK", "", 100}},
	{"KM", sign{"BAM", "", never}},
	{"~км", sign{"BAM", "", never}},
	{"~дин ~динара ~dinara ~din", sign{"RSD", "", 100}},
	{"~ден ~денари ~den", sign{"MKD", "", 100}},
	{"~lek ~lekë", sign{"ALL", "", 100}},
	{"₺ TL Tl tl ~lira", sign{"TRY", "", 0}},
	{"₽ ~руб ~рублей ~рубля ~рубль ~rub р Р RUR", sign{"RUB", "BYN", 0}},
	{"₴ ~грн ~гривень ~hrn", sign{"UAH", "", 0}},

	// Caucasus and Central Asia
	{"₼ ~ман ~манат", sign{"AZN", "TMT", 0}},
	{"₾ ლარი", sign{"GEL", "", 0}},
	{"֏ դր դրամ", sign{"AMD", "", 0}},
	{"₸ ~тг ~тенге ~тңг", sign{"KZT", "", 0}},
	{"~сом ⃀", sign{"KGS", "", 0}},
	{"~сум ~сўм ~so'm", sign{"UZS", "", 0}},
	{"SM", sign{"TJS", "", never}},

	// Asia and the Pacific
	{"₹ ~inr", sign{"INR", "", 0}},
	{"Rs RS rs Re ₨", sign{"INR", rupees, 0}},
	{"रु रू रुपये", sign{"INR", "NPR", 0}},
	{"नेरू", sign{"NPR", "", 0}},
	{"රු", sign{"LKR", "", 0}},
	{"৳ টাকা টকা Tk tk TK ~taka", sign{"BDT", "", 0}},
	{"Nu", sign{"BTN", "", never}},
	{"Rf MRf", sign{"MVR", "", never}},
	{"؋", sign{"AFN", "", 0}},
	{"¥", sign{"JPY", "CNY", 0}},
	{"円 JP¥", sign{"JPY", "", 0}},
	{"元 圓 圆", sign{"CNY", "HKD MOP TWD", 0}},
	{"CN¥ RMB 人民币 人民幣", sign{"CNY", "", 0}},
	{"₩ 원", sign{"KRW", "KPW", 0}},
	{"₮ ~төг ~төгрөг", sign{"MNT", "", 0}},
	{"฿ บาท", sign{"THB", "", 0}},
	{"₫ đ Đ VNĐ ~vnđ ~đồng", sign{"VND", "", 0}},
	{"₭ ກີບ", sign{"LAK", "", 0}},
	{"៛", sign{"KHR", "", 0}},
	{"Ks", sign{"MMK", "", never}},
	{"RM", sign{"MYR", "", 0}},
	{"Rp RP rp", sign{"IDR", "", 0}},
	{"₱ Php", sign{"PHP", "", 0}},
	{"P", sign{"PHP", "BWP", never}},
	{"K", sign{"PGK", "LAK MMK MWK ZMW", never}},
	{"VT Vt", sign{"VUV", "", never}},

	// the Near East and North Africa
	{`₪ ש"ח שח NIS`, sign{"ILS", "", 0}},
	{"﷼ ريال ریال", sign{"", riyals, 0}},
	{"ر.س \u20c1", sign{"SAR", "", 0}},
	{"SR", sign{"SAR", "SCR", never}},
	{"ر.ق", sign{"QAR", "", 0}},
	{"QR", sign{"QAR", "", never}},
	{"ر.ع", sign{"OMR", "", 0}},
	{"ر.ي", sign{"YER", "", 0}},
	{"د.إ Dhs DHS dhs", sign{"AED", "", 0}},
	{"درهم", sign{"AED", "MAD", 0}},
	{"Dh DH dh", sign{"MAD", "AED", never}},
	{"د.ك", sign{"KWD", "", 0}},
	{"KD", sign{"KWD", "", never}},
	{"د.ب .د.ب", sign{"BHD", "", 0}},
	{"BD", sign{"BHD", "BMD", never}},
	{"د.ا د.أ", sign{"JOD", "", 0}},
	{"JD", sign{"JOD", "", never}},
	{"دينار", sign{"", "BHD DZD IQD JOD KWD LYD TND", 0}},
	{"د.ع", sign{"IQD", "", 0}},
	{"ID", sign{"IQD", "", never}},
	{"د.ل", sign{"LYD", "", 0}},
	{"LD", sign{"LYD", "LRD", never}},
	{"د.ت", sign{"TND", "", 0}},
	{"DT", sign{"TND", "", never}},
	{"د.م", sign{"MAD", "", 0}},
	{"د.ج", sign{"DZD", "", 0}},
	{"DA", sign{"DZD", "", never}},
	{"ج.م جنيه", sign{"EGP", "SDG", 0}},
	{"LE L.E", sign{"EGP", "", never}},
	{"ل.ل", sign{"LBP", "", 0}},
	{"LL L.L", sign{"LBP", "", never}},
	{"ل.س LS", sign{"SYP", "", never}},
	{"تومان", sign{"", "", 0}}, // ten rials, and no ISO code

	// Africa
	{"R", sign{"ZAR", "", never}},
	{"₦", sign{"NGN", "", 0}},
	{"₵ GH₵ GH¢ GHC", sign{"GHS", "", 0}},
	{"~ksh", sign{"KES", "", 0}},
	{"~tsh", sign{"TZS", "", 0}},
	{"~ush", sign{"UGX", "", 0}},
	{"Sh", sign{"", "KES SOS TZS UGX", never}},
	{"Br", sign{"ETB", "BYN", never}},
	{"ብር", sign{"ETB", "", 0}},
	{"~fcfa ~cfa F.CFA", sign{"XOF", "XAF", 0}},
	{"FCFP CFPF", sign{"XPF", "", 0}},
	{"Ar", sign{"MGA", "", never}},
	{"CF", sign{"KMF", "", never}},
	{"D", sign{"GMD", "", never}},
	{"Db", sign{"STN", "", never}},
	{"FBu", sign{"BIF", "", 0}},
	{"FC", sign{"CDF", "", never}},
	{"FG", sign{"GNF", "", never}},
	{"FRw RF", sign{"RWF", "", never}},
	{"Fdj", sign{"DJF", "", 0}},
	{"Kz", sign{"AOA", "", never}},
	{"Le", sign{"SLE", "SLL", never}},
	{"MK", sign{"MWK", "", never}},
	{"MT MTn", sign{"MZN", "", never}},
	{"Nfk", sign{"ERN", "", 0}},
	{"UM", sign{"MRU", "", never}},
	{"ZK", sign{"ZMW", "", never}},

	// the Americas
	{"S/ S/.", sign{"PEN", "", 0}},
	{"B/ B/.", sign{"PAB", "", 0}},
	{"Bs BS", sign{"BOB", "VES", never}},
	{"Bs.F Bs.S Bs.D BsF BsS", sign{"VES", "", 0}},
	{"₲ Gs ₲s", sign{"PYG", "", 0}},
	{"₡", sign{"CRC", "SVC", 0}},
	{"Q", sign{"GTQ", "", never}},
	{"L", sign{"HNL", "", never}},
	{"G", sign{"HTG", "", never}},
	{"ƒ", sign{"AWG", "ANG XCG", 0}},
	{"NAf NAƒ", sign{"ANG", "XCG", 0}},
	{"Afl", sign{"AWG", "", 0}},
}

// signTable is signs and ISO codes by their text. A row for any case stands
// under its lower-case text with a "~" before it.
var signTable = sync.OnceValue(func() map[string]sign {
	m := make(map[string]sign, 640)
	for code := range strings.FieldsSeq(isoCodes) {
		s := sign{currency: code}
		for _, w := range isoWords {
			if strings.Contains(w.codes, code) {
				s.least = w.least
			}
		}
		m["~"+strings.ToLower(code)] = s
	}
	for _, row := range signs {
		for text := range strings.FieldsSeq(row.texts) {
			m[text] = row.sign
		}
	}
	return m
})

// signLongest is the length in runes of the longest sign, and then some.
const signLongest = 9

// signOf finds the sign that is exactly the text.
func signOf(text string) (sign, bool) {
	table := signTable()
	if s, ok := table[text]; ok {
		return s, true
	}
	var key [4 * (signLongest + 1)]byte
	b := append(key[:0], '~')
	if len(text) >= len(key) {
		return sign{}, false
	}
	b = append(b, strings.ToLower(text)...)
	s, ok := table[string(b)]
	return s, ok
}

// isoCode gives the code in upper case if it is one.
func isoCode(text string) (string, bool) {
	if len(text) != 3 {
		return "", false
	}
	code := strings.ToUpper(text)
	if _, ok := signTable()["~"+strings.ToLower(text)]; !ok || !strings.Contains(isoCodes, code) {
		return "", false
	}
	return code, true
}

// regionCurrency is the currency of a country, by the last label of a host or
// the region of a language tag. Only countries whose sign is shared with others
// stand here, and none whose domain is sold to the whole world (co, io, tv).
const regionCurrency = "AE=AED AR=ARS AU=AUD BB=BBD BN=BND BO=BOB BR=BRL BS=BSD BW=BWP BY=BYN BZ=BZD CA=CAD CL=CLP CM=XAF CN=CNY DK=DKK " +
	"DO=DOP EG=EGP ET=ETB FJ=FJD FO=DKK GA=XAF GB=GBP GL=DKK GY=GYD HK=HKD IN=INR IQ=IQD IR=IRR IS=ISK JM=JMD JO=JOD JP=JPY KE=KES " +
	"KW=KWD LB=LBP LK=LKR LR=LRD MA=MAD MD=MDL MO=MOP MU=MUR MX=MXN NA=NAD NI=NIO NO=NOK NP=NPR NZ=NZD OM=OMR PH=PHP PK=PKR QA=QAR " +
	"RO=RON RU=RUB SA=SAR SE=SEK SG=SGD SR=SRD SY=SYP TN=TND TT=TTD TW=TWD TZ=TZS UG=UGX UK=GBP US=USD UY=UYU VE=VES YE=YER ZM=ZMW"

// ownCurrency is the currency of further countries, whose sign is their own. None
// that changed it in these years stands here: saved pages have the old one.
const ownCurrency = "AT=EUR BE=EUR CY=EUR DE=EUR EE=EUR ES=EUR FI=EUR FR=EUR GR=EUR IE=EUR IT=EUR LT=EUR LU=EUR LV=EUR MT=EUR NL=EUR PT=EUR SI=EUR SK=EUR " +
	"CH=CHF CZ=CZK GE=GEL HU=HUF ID=IDR IL=ILS KR=KRW KZ=KZT MK=MKD MY=MYR PE=PEN PL=PLN RS=RSD TH=THB TR=TRY UA=UAH VN=VND ZA=ZAR"

// languageCurrency is for languages of one country, or nearly so.
const languageCurrency = "DA=DKK IS=ISK JA=JPY NB=NOK NE=NPR NN=NOK NO=NOK SI=LKR SV=SEK UR=PKR ZH=CNY"

// byKey looks KEY=VALUE up in a list of them.
func byKey(list, key string) string {
	if len(key) != 2 {
		return ""
	}
	key = strings.ToUpper(key) + "="
	if i := strings.Index(list, key); i >= 0 {
		return list[i+3 : i+6]
	}
	return ""
}

// currencyOf says which currency the sign stands for on this page.
func (h priceHint) currencyOf(s sign) string {
	if s.others == "" {
		return s.currency
	}
	if code := h.code(); s.may(code) {
		return code
	}
	domain := h.domain()
	if code := byKey(regionCurrency, domain); s.may(code) {
		return code
	}
	if domain == "co" && strings.HasSuffix(strings.ToLower(h.Host), ".com.co") && s.may("COP") {
		return "COP"
	}
	language, rest, _ := strings.Cut(strings.ReplaceAll(h.Language, "_", "-"), "-")
	for part := range strings.SplitSeq(rest, "-") {
		code := byKey(regionCurrency, part)
		if strings.EqualFold(part, "CO") {
			code = "COP"
		}
		if s.may(code) {
			return code
		}
	}
	if code := byKey(languageCurrency, language); s.may(code) {
		return code
	}
	return s.currency
}

// code is the hint's currency as an ISO code, else that of the host's country, "" if
// there is none.
func (h priceHint) code() string {
	if h.Currency != "" {
		code, _ := isoCode(strings.TrimSpace(h.Currency))
		return code
	}
	domain := h.domain()
	if code := byKey(ownCurrency, domain); code != "" {
		return code
	}
	return byKey(regionCurrency, domain)
}

// country is the code of the page's country, by the region of its language, else by
// its host; "" if neither tells.
func (h priceHint) country() string {
	_, region, _ := strings.Cut(strings.ReplaceAll(h.Language, "_", "-"), "-")
	for part := range strings.SplitSeq(region, "-") {
		if len(part) == 2 {
			return strings.ToUpper(part)
		}
	}
	switch domain := h.domain(); {
	case domain == "uk":
		return "GB"
	case byKey(ownCurrency, domain) != "", byKey(regionCurrency, domain) != "":
		return strings.ToUpper(domain)
	}
	return ""
}

// domain is the last label of the host, in lower case.
func (h priceHint) domain() string {
	host, _, _ := strings.Cut(strings.TrimSuffix(h.Host, "."), ":")
	return strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
}
