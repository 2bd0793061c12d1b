package page

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// priceWordClass is what a word beside an amount says of it.
type priceWordClass uint8

const (
	unknownWord priceWordClass = iota
	plainWord                  // says nothing: from, tax, only
	priceWord                  // names the price
	pieceWord                  // the price of one
	nowWord                    // the current price follows
	oldWord                    // a price that does not hold any more, or a recommended one
	savingWord                 // what is taken off
	paymentWord                // instalments
	offWord                    // the amount before it is taken off
	shippingWord
	unitWord  // a measure: the price of a kilogram is not that of the item
	monthWord // a price by the month
	perWord   // "per", before a measure
	rangeWord // "to", between two prices
	scaleWord // thousands and millions: more than the digits say
)

// priceWords are the words, in lower case, by what they say. Those that are
// in no list are unknown: an amount without a sign among them is no price.
var priceWords = []struct {
	class priceWordClass
	words string
}{
	{plainWord, `a à ab al alkaen as at ať base beginning both buy by ca catalogo cca cost costs da dal de del den der des desde di die du en est
		excl exkl exc ex excluding included fra from från för für hors ht iht im in inc incl including incluido incluida inclus incluso inkl
		inclusief inklusive is it iva je kaina le moins mwst moms mva mehrwertsteuer net netto brutto gross nur od of only onwards ot
		partir per pdv plus dph dphs ddv áfa kdv vat pvn pvm alv gst hst tva ttc tax taxes taxe impuestos sales sans skd starting starts
		steuer tasse therefrom uit un unit van vanaf vom von zu zzgl bez vč včetně от с без ндс пдв вкл включая від χωρίς από φπα με φ π α
		kun vain som start vi tk approx about um ungefähr circa
		festpreis vb vhb fixed firm negotiable obo ono débattre debattre negociable negociável trattabile trattabili onderhandelbaar`},
	{pieceWord, `each ea pc pcs piece stk stück st ks szt kus buc pièce pers ud uds adet шт kpl db pr person`},
	{priceWord, `price prices preis preise prix precio precios preço preco preu prezzo prezzi prijs pris hinta hind cena cene ceny cijena ár ára
		fiyat fiyatı pret preț preţ hinnat kaina цена цены ціна ціни τιμή τιμη مبلغ قیمت السعر سعر מחיר harga giá offer deal angebot
		angebotspreis sonderpreis aktionspreis verkaufspreis endpreis special sale promo promotion oferta offre offerta promoção
		aanbieding tilbud erbjudande tarjous akcia akce akcija акция скидочная solde ventes venta pvp our your notre nuestro unser ihr
		nostro naše nasza наша cost value total amount summe somme`},
	{nowWord, `now current currently today final jetzt aktuell aktueller heute maintenant actuel actuellement ahora actual hoy adesso ora attuale
		oggi agora atual hoje nu nuværende nåværende nuvarande nyt teraz aktualna nyní nyni aktuální сейчас теперь зараз şimdi acum most
		aktuális 税込 税込み`},
	{oldWord, `was were before old original originally regular list rrp srp msrp rsp mrp reg retail compare compared lowest previous previously
		recommended strikethrough usually statt bisher vorher früher alt uvp ursprünglich ursprünglicher streichpreis listenpreis
		niedrigster einst avant ancien ancienne origine conseillé barré lieu habituel antes anterior recomendado lista habitual prima
		precedente listino consigliato eerst adviesprijs oude voor eerder før førpris veiledende veil vejl tidligere ordinarie ord ordinær
		tidigare innan rek laveste lägsta norm ovh aiemmin przed poprzednia stara najniższa regularna katalogowa obniżką původní
		puvodni předtím běžná bezna doporučená původně pôvodná bežná eredeti régi korábbi vechi inițial recomandat eski önceki liste
		раньше старая было прежняя розничная стара раніше звичайна days day tage tagen tag jours días dias giorni dagen dagar dager dage
		dni dnů nap gün дней днів`},
	{savingWord, `save saves saving savings saved off discount rebate coupon voucher credit spare sparen gespart ersparnis rabatt nachlass gutschein
		économisez économie remise réduction rabais ahorra ahorras ahorro descuento risparmi risparmia sconto economize economia desconto
		bespaar bespaart korting spar sparer spara rabat rabatu oszczędzasz taniej sleva ušetříte ušetřete zľava ušetríte megtakarítás
		kedvezmény reducere economisești indirim kazanç скидка экономия выгода знижка економія alennus säästä säästät`},
	{offWord, `off discount rabatt nachlass gespart ersparnis remise réduction rabais descuento sconto desconto korting rabat rabatu taniej sleva zľava
		скидка знижка savings saved indirim alennus kedvezmény reducere`},
	{paymentWord, `payment payments installment installments instalment instalments raten rate monatsrate paiements mensualités mensualité fois
		cuotas cuota mensualidades mensualidad meses parcelas parcela prestações vezes rates rat raty splátek splátky termijnen avdrag
		avbetaling taksit платежей платежа частей monatlich mtl mensuellement mensili deposit anzahlung acompte`},
	{shippingWord, `shipping delivery postage freight versand versandkosten lieferung livraison port envío envio gastos spedizione consegna verzending
		verzendkosten bezorging frete entrega frakt fragt levering leverans toimitus dostawa wysyłka doprava doručení dopravné szállítás
		livrare transport kargo доставка доставки`},
	{unitWord, `kg kgs kilo kilogram g gr gram grams gramm mg lb lbs pound oz ounce l ltr liter litre liters litres litro litri litr ml cl dl m m2
		m² m3 m³ qm sqm sqft ft yd yard metre meter metro metr cm mm lfm кг г л мл м w kwh
		wh gb tb`},
	{monthWord, `mo month months monthly mth mtl monat monate monatlich monats mois mensuel mese mesi mensile mes mensual mês mensal maand maanden
		måned mnd månad mån mdr kk kuukausi miesiąc mies mc měsíc měsíčně мес месяц ay aylık lună week weekly woche yr year jahr jaar an
		año ano anno`},
	{perWord, `per pro par por je al la il για за na på za`},
	{rangeWord, `to bis till until até hasta tot til do до ile`},
	{scaleWord, `k m mn mln mio mrd bn b million millions billion thousand tsd lakh lakhs lac crore crores cr тыс млн triệu juta ribu jt rb tr`},
}

var priceWordTable = sync.OnceValue(func() map[string][]priceWordClass {
	m := make(map[string][]priceWordClass, 1024)
	for _, row := range priceWords {
		for w := range strings.FieldsSeq(row.words) {
			m[w] = append(m[w], row.class)
		}
	}
	return m
})

// unspacedWords are parts of words in the scripts that have no spaces, the first
// that is found counts.
var unspacedWords = []struct {
	part  string
	class priceWordClass
}{
	{"送料", shippingWord}, {"运费", shippingWord}, {"運費", shippingWord}, {"배송", shippingWord}, {"ค่าจัดส่ง", shippingWord},
	{"月々", paymentWord}, {"分割", paymentWord}, {"每期", paymentWord}, {"分期", paymentWord}, {"할부", paymentWord},
	{"通常", oldWord}, {"定価", oldWord}, {"参考", oldWord}, {"希望小売", oldWord}, {"建議售價", oldWord}, {"建议零售", oldWord}, {"建議價", oldWord}, {"原价", oldWord}, {"原價", oldWord}, {"市价", oldWord}, {"정가", oldWord}, {"ปกติ", oldWord},
	{"割引", savingWord}, {"値引", savingWord}, {"优惠券", savingWord}, {"立减", savingWord}, {"할인금액", savingWord}, {"ส่วนลด", savingWord},
	{"价", priceWord}, {"價", priceWord}, {"価格", priceWord}, {"値段", priceWord}, {"金額", priceWord}, {"가격", priceWord}, {"판매가", priceWord}, {"할인가", priceWord}, {"ราคา", priceWord},
	{"税", plainWord}, {"から", plainWord}, {"より", plainWord}, {"起", plainWord}, {"부터", plainWord}, {"約", plainWord}, {"约", plainWord}, {"只", plainWord},
}

// priceWordSays is what the word says of those classes that are wanted, or unknownWord.
func priceWordSays(word string, wanted ...priceWordClass) priceWordClass {
	is := func(c priceWordClass) bool {
		for _, w := range wanted {
			if c == w {
				return true
			}
		}
		return false
	}
	for _, c := range priceWordTable()[strings.ToLower(word)] {
		if is(c) {
			return c
		}
	}
	if r, _ := utf8.DecodeRuneInString(word); unspaced(r) {
		for _, u := range unspacedWords {
			if strings.Contains(word, u.part) {
				if is(u.class) {
					return u.class
				}
				return unknownWord
			}
		}
	}
	return unknownWord
}
