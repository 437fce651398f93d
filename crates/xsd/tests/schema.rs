//! Schemas and documents: what fits, and what is said where something does not.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use xsd::{File, Schema};

/// A schema of one file, with `xs` and the target namespace `urn:t` as `t`.
fn schema(inside: &str) -> Result<Schema, String> {
    compile(&format!(
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t' \
         elementFormDefault='qualified'>{inside}</xs:schema>"
    ))
}

fn compile(text: &str) -> Result<Schema, String> {
    let main = File { path: "xsd/main.xsd".to_owned(), text: text.to_owned() };
    Schema::compile(&main, &|_| None).map_err(|m| m.iter().map(|m| m.to_string()).collect::<Vec<_>>().join("; "))
}

fn said(schema: &Schema, document: &str) -> String {
    match schema.validate(document) {
        Ok(()) => "ok".to_owned(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

/// Documents are written without their namespace: it is added to the root element.
#[track_caller]
fn check(inside: &str, cases: &[(&str, &str)]) {
    let schema = schema(inside).unwrap();
    for (document, expect) in cases {
        let end = document.find([' ', '>', '/']).unwrap();
        let head = "xmlns='urn:t' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";
        let whole = format!("{} {head}{}", &document[..end], &document[end..]);
        let found = said(&schema, &whole);
        let good = if *expect == "ok" { found == "ok" } else { found.contains(expect) };
        assert!(good, "{document}\nfound  {found}\nwanted {expect}");
    }
}

#[test]
fn order_and_counts() {
    check(
        "<xs:element name='r'><xs:complexType><xs:sequence>\
           <xs:element name='a' type='xs:string'/><xs:element name='b' minOccurs='0' maxOccurs='2' type='xs:int'/>\
           <xs:choice maxOccurs='unbounded'><xs:element name='c'/><xs:element name='d'/></xs:choice>\
         </xs:sequence><xs:attribute name='id' use='required' type='xs:NCName'/></xs:complexType></xs:element>",
        &[
            ("<r id='x'><a/><c/></r>", "ok"),
            ("<r id='x'><a>1</a><b>1</b><b>2</b><d/><c/><d/></r>", "ok"),
            (
                "<r id='x'>\n<a/>\n<b>1</b><b>1</b><b>3</b><c/></r>",
                "line 3: `b` may not stand here in `r`; expected here: `c`, `d`",
            ),
            ("<r id='x'><a/></r>", "line 1: `r` is not complete; expected at its end: `b`, `c`, `d`"),
            ("<r id='x'><c/></r>", "`c` may not stand here in `r`; expected here: `a`"),
            ("<r id='x'><a/><c/><e/></r>", "expected here: `c`, `d`, or the end"),
            ("<r><a/><c/></r>", "`r` lacks the attribute `id`"),
            ("<r id='1x'><a/><c/></r>", "the attribute `id` of `r` is wrong: `1x` is not a name without colon"),
            ("<r id='x' more=''><a/><c/></r>", "`r` has no attribute `more`"),
            ("<r id='x'>text<a/><c/></r>", "`r` holds elements only, but there is the text `text`"),
            ("<r id='x'><a/><b>x</b><c/></r>", "`b` is wrong: `x` is not a whole number"),
            ("<r id='x'><a><z/></a><c/></r>", "`a` holds a value, so there is no `z` in it"),
            ("<q/>", "the root element `q` is not declared in the schema"),
        ],
    );
    let many = "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='a' minOccurs='2' maxOccurs='5'/>\
                <xs:element name='b' maxOccurs='999999' minOccurs='0'/></xs:sequence></xs:complexType></xs:element>";
    check(
        many,
        &[
            ("<r><a/></r>", "not complete"),
            ("<r><a/><a/></r>", "ok"),
            (&format!("<r>{}</r>", "<a/>".repeat(5)), "ok"),
            (&format!("<r>{}</r>", "<a/>".repeat(6)), "`a` may not stand here"),
            (&format!("<r><a/><a/>{}</r>", "<b/>".repeat(5_000)), "ok"),
        ],
    );
    // The same name twice: the automaton follows both ways.
    check(
        "<xs:element name='r'><xs:complexType><xs:choice><xs:sequence><xs:element name='a'/><xs:element name='b'/>\
         </xs:sequence><xs:sequence><xs:element name='a'/><xs:element name='c'/></xs:sequence></xs:choice>\
         </xs:complexType></xs:element>",
        &[("<r><a/><c/></r>", "ok"), ("<r><a/><b/></r>", "ok"), ("<r><a/></r>", "expected at its end: `b`, `c`")],
    );
    check(
        "<xs:element name='r'><xs:complexType><xs:all minOccurs='0'><xs:element name='a'/>\
         <xs:element name='b' minOccurs='0'/></xs:all></xs:complexType></xs:element>",
        &[
            ("<r><b/><a/></r>", "ok"),
            ("<r/>", "ok"),
            ("<r><b/></r>", "`r` lacks `a`"),
            ("<r><a/><a/></r>", "`a` stands more than once in `r`"),
            ("<r><c/><a/></r>", "there is no `c` in `r`"),
        ],
    );
}

#[test]
fn simple_types() {
    let of = |kind: &str, facets: &str| {
        format!(
            "<xs:element name='r'><xs:simpleType><xs:restriction base='xs:{kind}'>{facets}</xs:restriction>\
             </xs:simpleType></xs:element>"
        )
    };
    let cases: &[(&str, &str, &str, &str)] = &[
        ("string", "<xs:maxLength value='3'/>", "äöü", "ok"),
        ("string", "<xs:maxLength value='3'/>", "abcd", "`abcd` is 4 long, at most it may be 3"),
        ("string", "<xs:length value='2'/>", "a", "is 1 long, not 2"),
        ("string", "<xs:pattern value='[A-Z]{2}\\d+'/>", "AB12", "ok"),
        ("string", "<xs:pattern value='[A-Z]{2}\\d+'/>", "AB12x", "does not fit the pattern"),
        ("string", "<xs:pattern value='[a-z-[aeiou]]+'/>", "bcd", "ok"),
        ("string", "<xs:pattern value='[a-z-[aeiou]]+'/>", "bad", "pattern"),
        ("string", "<xs:pattern value='[^a-z-[0-9]]'/>", "A", "ok"),
        ("string", "<xs:pattern value='[^a-z-[0-9]]'/>", "5", "pattern"),
        ("string", "<xs:pattern value='[^a-z-[0-9]]'/>", "b", "pattern"),
        ("string", "<xs:pattern value='[^a-z-[^A-Z-[M]]]'/>", "A", "ok"),
        ("string", "<xs:pattern value='[^a-z-[^A-Z-[M]]]'/>", "M", "ok"),
        ("string", "<xs:pattern value='[^a-z-[^A-Z-[M]]]'/>", "5", "pattern"),
        ("double", "<xs:enumeration value='NaN'/><xs:enumeration value='1.50'/>", "15E-1", "ok"),
        ("double", "<xs:enumeration value='NaN'/><xs:enumeration value='1.50'/>", "2", "none of"),
        ("date", "<xs:enumeration value=' 2026-01-01Z '/>", "2026-01-01+00:00", "ok"),
        ("string", "<xs:pattern value='\\d{0,2}'/>", "12", "ok"),
        ("string", "<xs:pattern value='\\d{2,}'/>", "1", "pattern"),
        ("string", "<xs:pattern value='[-!&quot;%()*+,./:;&lt;=&gt;?]+&lt;'/>", "-&lt;&gt;,&lt;", "ok"),
        ("string", "<xs:pattern value='\\i\\c*'/>", "a:b-1", "ok"),
        ("string", "<xs:pattern value='[\\w-]+@x\\.de|^$'/>", "a-b@x.de", "ok"),
        ("string", "<xs:pattern value='a&amp;&amp;b'/>", "a&amp;&amp;b", "ok"),
        ("string", "<xs:enumeration value='a'/><xs:enumeration value='b'/>", "b", "ok"),
        ("string", "<xs:enumeration value='a'/><xs:enumeration value='b'/>", "c", "`c` is none of a, b"),
        ("string", "<xs:enumeration value='a'/>", " a ", "none of"),
        ("token", "<xs:enumeration value='a b'/>", " a \n b ", "ok"),
        ("decimal", "<xs:totalDigits value='4'/><xs:fractionDigits value='2'/>", "+0012.50", "ok"),
        ("decimal", "<xs:totalDigits value='4'/><xs:fractionDigits value='2'/>", "1.255", "more than 2 digits after"),
        ("decimal", "<xs:totalDigits value='4'/>", "12345", "more than 4 digits"),
        ("decimal", "<xs:enumeration value='1.0'/>", "1", "ok"),
        ("decimal", "<xs:minInclusive value='-1.5'/>", "-1.50", "ok"),
        ("decimal", "<xs:minExclusive value='-1.5'/>", "-1.50", "is less than -1.5 or the same"),
        ("decimal", "", "1e5", "is not a decimal number"),
        ("int", "", "2147483648", "not in the range of its type"),
        ("unsignedByte", "", " 255 ", "ok"),
        ("positiveInteger", "", "0", "not in the range"),
        ("integer", "<xs:maxInclusive value='99999999999999999999'/>", "99999999999999999999", "ok"),
        ("integer", "<xs:maxInclusive value='99999999999999999999'/>", "100000000000000000000", "is more than"),
        ("double", "", "-INF", "ok"),
        ("double", "", "1.5E-3", "ok"),
        ("double", "", "infinity", "is not a number"),
        ("boolean", "", "TRUE", "is not true or false"),
        ("date", "<xs:maxExclusive value='2026-03-01'/>", "2026-02-28", "ok"),
        ("date", "", "2026-02-29", "is not a date, such as"),
        ("dateTime", "", "2026-11-22T24:00:00Z", "ok"),
        ("dateTime", "", "2026-11-22 10:00:00", "is not a date with time"),
        ("dateTime", "<xs:minInclusive value='2026-01-01T00:00:00Z'/>", "2026-01-01T00:30:00+01:00", "is less than"),
        ("time", "", "08:00:00.123+05:30", "ok"),
        ("gYearMonth", "", "2026-13", "is not a year with month"),
        ("gMonthDay", "", "--02-29", "ok"),
        ("duration", "", "P1Y2M3DT4H5M6.7S", "ok"),
        ("duration", "", "P1M2Y", "is not a duration"),
        ("duration", "", "PT", "is not a duration"),
        ("hexBinary", "<xs:length value='2'/>", "0fF0", "ok"),
        ("hexBinary", "", "0f0", "is not hexadecimal"),
        ("base64Binary", "<xs:maxLength value='2'/>", "YWI=", "ok"),
        ("base64Binary", "", "YWI", "is not base64"),
        ("anyURI", "", "http://x/y z", "ok"),
        ("language", "", "de-AT", "ok"),
        ("NMTOKENS", "<xs:maxLength value='2'/>", "1a b", "ok"),
        ("NMTOKENS", "<xs:maxLength value='2'/>", "a b c", "is 3 long"),
        ("QName", "", "a:b:c", "is not a qualified name"),
    ];
    for (kind, facets, value, expect) in cases {
        check(&of(kind, facets), &[(&format!("<r>{value}</r>"), expect)]);
    }
    check(
        "<xs:simpleType name='size'><xs:union memberTypes='xs:int'><xs:simpleType><xs:restriction base='xs:string'>\
         <xs:enumeration value='all'/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>\
         <xs:simpleType name='sizes'><xs:list itemType='t:size'/></xs:simpleType>\
         <xs:simpleType name='two'><xs:restriction base='t:sizes'><xs:length value='2'/></xs:restriction></xs:simpleType>\
         <xs:element name='r' type='t:two'/>",
        &[
            ("<r>1 all</r>", "ok"),
            ("<r>1</r>", "`1` is 1 long, not 2"),
            ("<r>1 some</r>", "`some` fits none of the types that `size` is made of"),
        ],
    );
}

#[test]
fn derived_types_and_wildcards() {
    let types = "<xs:complexType name='base'><xs:sequence><xs:element name='a'/></xs:sequence>\
         <xs:attribute name='x'/></xs:complexType>\
         <xs:complexType name='more'><xs:complexContent><xs:extension base='t:base'><xs:sequence>\
           <xs:element name='b'/></xs:sequence><xs:attribute name='y'/></xs:extension></xs:complexContent></xs:complexType>\
         <xs:complexType name='less'><xs:complexContent><xs:restriction base='t:base'><xs:sequence>\
           <xs:element name='a'/></xs:sequence><xs:attribute name='x' use='prohibited'/></xs:restriction>\
           </xs:complexContent></xs:complexType>\
         <xs:complexType name='none' abstract='true'/>\
         <xs:complexType name='price'><xs:simpleContent><xs:extension base='xs:decimal'>\
           <xs:attribute name='currency' type='xs:NCName' fixed='EUR'/></xs:extension></xs:simpleContent></xs:complexType>\
         <xs:complexType name='small'><xs:simpleContent><xs:restriction base='t:price'>\
           <xs:maxInclusive value='10'/></xs:restriction></xs:simpleContent></xs:complexType>";
    check(
        &format!(
            "{types}<xs:element name='r' type='t:base' nillable='true'/><xs:element name='n' type='t:none'/>\
                  <xs:element name='s' type='t:small'/>"
        ),
        &[
            ("<r x=''><a/></r>", "ok"),
            ("<r xsi:type='more' x='' y=''><a/><b/></r>", "ok"),
            ("<r xsi:type='more'><a/></r>", "expected at its end: `b`"),
            ("<r xsi:type='less' x=''><a/></r>", "`r` has no attribute `x`"),
            ("<r xsi:type='price'>1</r>", "the type `price` is not derived from `base`"),
            ("<r xsi:type='what'><a/></r>", "there is no type `what`"),
            ("<r xsi:nil='true'/>", "ok"),
            ("<r xsi:nil='true'><a/></r>", "it has to be empty"),
            ("<n/>", "the type `none` is abstract"),
            ("<s currency='EUR'>9.5</s>", "ok"),
            ("<s currency='USD'>9.5</s>", "has to be `EUR`"),
            ("<s>11</s>", "is more than 10"),
            ("<s xsi:nil='1'/>", "`s` may not be nil"),
        ],
    );
    check(
        "<xs:element name='head' abstract='true' type='xs:string'/>\
         <xs:element name='one' substitutionGroup='t:head'/><xs:element name='two' substitutionGroup='t:one'/>\
         <xs:element name='r'><xs:complexType><xs:sequence><xs:element ref='t:head' maxOccurs='2'/>\
           <xs:any namespace='##other' processContents='lax' minOccurs='0'/></xs:sequence>\
           <xs:anyAttribute namespace='##other' processContents='skip'/></xs:complexType></xs:element>",
        &[
            ("<r><one/><two/></r>", "ok"),
            ("<r><head/></r>", "`head` is abstract"),
            ("<r><one><x/></one></r>", "`one` holds a value"),
            ("<r><one/><z xmlns='urn:z'><y/></z></r>", "ok"),
            ("<r><one/><z/></r>", "`z` may not stand here in `r`; expected here: `head`, any element, or the end"),
            ("<r xmlns:q='urn:q' q:a='1'><one/></r>", "ok"),
            ("<r a='1'><one/></r>", "`r` has no attribute `a`"),
        ],
    );
    check(
        "<xs:element name='r'><xs:complexType mixed='true'><xs:sequence><xs:any processContents='strict' minOccurs='0'/>\
         </xs:sequence></xs:complexType></xs:element>",
        &[("<r>text <r/> more</r>", "ok"), ("<r><z/></r>", "`z` is not declared in the schema")],
    );
    check(
        "<xs:group name='g'><xs:sequence><xs:element name='a'/><xs:element name='b'/></xs:sequence></xs:group>\
         <xs:attributeGroup name='ag'><xs:attribute name='x' use='required'/></xs:attributeGroup>\
         <xs:element name='r'><xs:complexType><xs:group ref='t:g' maxOccurs='2'/><xs:attributeGroup ref='t:ag'/>\
         </xs:complexType></xs:element><xs:element name='e'><xs:complexType/></xs:element>",
        &[
            ("<r x=''><a/><b/><a/><b/></r>", "ok"),
            ("<r x=''><a/><a/></r>", "expected here: `b`"),
            ("<r><a/><b/></r>", "lacks the attribute `x`"),
            ("<e><a/></e>", "`e` is empty, so there is no `a` in it"),
        ],
    );
}

#[test]
fn keys_and_ids() {
    check(
        "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='c' maxOccurs='unbounded'>\
           <xs:complexType><xs:attribute name='id' type='xs:string'/><xs:attribute name='of' type='xs:string'/>\
           </xs:complexType></xs:element></xs:sequence></xs:complexType>\
         <xs:keyref name='ref' refer='t:pk'><xs:selector xpath='t:c'/><xs:field xpath='@of'/></xs:keyref>\
         <xs:key name='pk'><xs:selector xpath='.//t:c'/><xs:field xpath='@id'/></xs:key></xs:element>\
         <xs:element name='i'><xs:complexType><xs:sequence><xs:element name='k' maxOccurs='9'><xs:complexType>\
           <xs:attribute name='id' type='xs:ID'/><xs:attribute name='to' type='xs:IDREFS'/></xs:complexType></xs:element>\
         </xs:sequence></xs:complexType></xs:element>",
        &[
            ("<r><c id='1'/><c id='2' of='1'/></r>", "ok"),
            ("<r><c id='1'/>\n<c id='1'/></r>", "line 2: `1` stands more than once (`pk`)"),
            ("<r><c/></r>", "a value of the key `pk` is missing"),
            ("<r><c id='1' of='3'/></r>", "nothing has the key `3` (`ref`)"),
            ("<i><k to='b a'/><k id='a'/><k id='b'/></i>", "ok"),
            ("<i><k to='b'/><k id='a'/></i>", "nothing has the id `b`"),
            ("<i><k id='a'/><k id='a'/></i>", "the id `a` stands twice"),
        ],
    );
}

#[test]
fn files_that_include_and_import() {
    let files = |path: &str| {
        let text = match path {
            "xsd/types/plain.xsd" => {
                "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\
                <xs:include schemaLocation='../main.xsd'/><xs:include schemaLocation='deep.xsd'/>\
                <xs:simpleType name='code'><xs:restriction base='short'/></xs:simpleType>\
                <xs:group name='both'><xs:all><xs:element name='x'/><xs:element name='y'/></xs:all></xs:group>\
                <xs:complexType name='pair'><xs:group ref='both'/></xs:complexType></xs:schema>"
            }
            "xsd/types/deep.xsd" => {
                "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\
                <xs:simpleType name='short'><xs:restriction base='xs:string'><xs:maxLength value='2'/></xs:restriction>\
                </xs:simpleType></xs:schema>"
            }
            "xsd/other.xsd" => {
                "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:o'>\
                <xs:element name='o' type='xs:int'/></xs:schema>"
            }
            "xsd/main.xsd" => MAIN,
            _ => return None,
        };
        Some(File { path: path.to_owned(), text: text.to_owned() })
    };
    const MAIN: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:t' xmlns:o='urn:o' \
        targetNamespace='urn:t'><xs:include schemaLocation='types/plain.xsd'/>\
        <xs:import namespace='urn:o' schemaLocation='./other.xsd'/><xs:import namespace='urn:none'/>\
        <xs:element name='r'><xs:complexType><xs:sequence><xs:element name='c' type='code'/><xs:element ref='o:o'/>\
        </xs:sequence></xs:complexType></xs:element><xs:element name='p' type='pair'/></xs:schema>";
    let schema = Schema::compile(&files("xsd/main.xsd").unwrap(), &files).unwrap();
    for (document, expect) in [
        ("<t:r xmlns:t='urn:t'><c>ab</c><o:o xmlns:o='urn:o'>1</o:o></t:r>", "ok"),
        (
            "<t:r xmlns:t='urn:t'><c>abc</c><o:o xmlns:o='urn:o'>x</o:o></t:r>",
            "at most it may be 2; line 1: `o` is wrong",
        ),
        ("<t:r xmlns:t='urn:t'><t:c>ab</t:c></t:r>", "`c` may not stand here"),
        ("<t:p xmlns:t='urn:t'><y/><x/></t:p>", "ok"),
        ("<r xmlns='urn:x'/>", "its namespace is `urn:x`, not `urn:t`"),
    ] {
        let found = said(&schema, document);
        assert!(found.contains(expect), "{document}\n{found}");
    }
    let lost = Schema::compile(&files("xsd/main.xsd").unwrap(), &|_| None).unwrap_err();
    assert_eq!(lost[0].to_string(), "xsd/main.xsd, line 1: the file `types/plain.xsd` cannot be found");
}

#[test]
fn schemas_with_mistakes() {
    for (inside, expect) in [
        ("<xs:element name='r' type='t:gone'/>", "there is no type `gone` in the namespace `urn:t`"),
        ("<xs:element name='r' type='xs:strin'/>", "there is no type `strin` in XML Schema"),
        ("<xs:element name='r' type='q:x'/>", "the prefix of `q:x` is not declared"),
        ("<xs:element name='r'/><xs:element name='r'/>", "`r` is declared twice"),
        ("<xs:element/>", "a global declaration needs a name"),
        (
            "<xs:element name='r'><xs:complexType><xs:sequence><xs:element ref='t:s'/></xs:sequence></xs:complexType></xs:element>",
            "there is no element `t:s`",
        ),
        (
            "<xs:simpleType name='s'><xs:restriction base='xs:string'><xs:pattern value='[a'/></xs:restriction></xs:simpleType>",
            "a `[` is not closed",
        ),
        (
            "<xs:simpleType name='s'><xs:restriction base='xs:string'><xs:pattern value='(a{1000}){1000}{2}'/></xs:restriction></xs:simpleType>",
            "pattern",
        ),
        (
            "<xs:simpleType name='s'><xs:restriction base='xs:string'><xs:length value='x'/></xs:restriction></xs:simpleType>",
            "`length` needs a whole number",
        ),
        ("<xs:simpleType name='s'><xs:restriction base='t:s'/></xs:simpleType>", "is derived from itself"),
        (
            "<xs:complexType name='a'><xs:complexContent><xs:extension base='t:b'/></xs:complexContent></xs:complexType><xs:complexType name='b'><xs:complexContent><xs:extension base='t:a'/></xs:complexContent></xs:complexType>",
            "is derived from itself",
        ),
        (
            "<xs:group name='g'><xs:sequence><xs:group ref='t:g'/></xs:sequence></xs:group><xs:element name='r'><xs:complexType><xs:group ref='t:g'/></xs:complexType></xs:element>",
            "the group `g` is part of itself",
        ),
        (
            "<xs:attributeGroup name='g'><xs:attributeGroup ref='t:h'/><xs:attributeGroup ref='t:h'/></xs:attributeGroup><xs:attributeGroup name='h'><xs:attributeGroup ref='t:g'/><xs:attributeGroup ref='t:g'/></xs:attributeGroup><xs:element name='r'><xs:complexType><xs:attributeGroup ref='t:g'/></xs:complexType></xs:element>",
            "the attribute group `g` is part of itself",
        ),
        (
            "<xs:simpleType name='s'><xs:restriction base='xs:string'><xs:pattern value='[a-z-[b]c]'/></xs:restriction></xs:simpleType>",
            "something stands after a class that is taken away",
        ),
        ("<xs:redefine schemaLocation='x'/>", "`redefine` is not available"),
        (
            "<xs:element name='r'><xs:complexType><xs:sequence minOccurs='2'><xs:element name='a' minOccurs='3' maxOccurs='2'/></xs:sequence></xs:complexType></xs:element>",
            "`maxOccurs` is less than `minOccurs`",
        ),
    ] {
        let found = schema(inside).err().unwrap_or_else(|| "nothing".to_owned());
        assert!(found.contains(expect), "{inside}\nfound  {found}\nwanted {expect}");
    }
    for (text, expect) in [
        ("<a/>", "xsd/main.xsd, line 1: the file is no XML schema"),
        ("<a", "not well-formed"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "DTD"),
    ] {
        let found = compile(text).unwrap_err();
        assert!(found.contains(expect), "{found}");
    }
}

/// What costs much is refused or bounded; nothing here may take longer than a moment.
#[test]
fn hostile_schemas_and_documents() {
    let doubled = |n: usize, inner: &str| {
        let mut out = format!("<xs:group name='g0'><xs:sequence>{inner}</xs:sequence></xs:group>");
        for i in 1..=n {
            let two = format!("<xs:group ref='t:g{}'/>", i - 1).repeat(2);
            out += &format!("<xs:group name='g{i}'><xs:sequence>{two}</xs:sequence></xs:group>");
        }
        out + &format!("<xs:element name='r'><xs:complexType><xs:group ref='t:g{n}'/></xs:complexType></xs:element>")
    };
    for inner in ["", "<xs:element name='a'/>"] {
        let found = schema(&doubled(40, inner)).err().unwrap_or_default();
        assert!(found.contains("too large"), "{found}");
    }
    assert!(schema(&doubled(150, "")).err().unwrap_or_default().contains("too deep"));
    // Groups with sequences in sequences: each is shallow, all of them are not.
    let steps = |n: usize| ("<xs:sequence>".repeat(n), "</xs:sequence>".repeat(n));
    let (open, close) = steps(120);
    for forwards in [false, true] {
        let mut groups = String::new();
        for i in 0..62 {
            let next = if i == 61 { String::new() } else { format!("<xs:group ref='t:g{}'/>", i + 1) };
            let group = format!("<xs:group name='g{i}'>{open}{next}<xs:element name='a'/>{close}</xs:group>");
            let user = format!("<xs:complexType name='u{i}'><xs:group ref='t:g{i}'/></xs:complexType>");
            groups = if forwards { groups + &group + &user } else { group + &user + &groups };
        }
        assert!(schema(&groups).err().unwrap_or_default().contains("too deep"));
    }
    // The longest chain of extensions on the deepest content.
    let mut chain = format!(
        "<xs:group name='g'>{open}<xs:element name='a'/>{close}</xs:group><xs:complexType name='c0'>{open}\
         <xs:group ref='t:g'/>{close}</xs:complexType>"
    );
    for i in 1..190 {
        chain += &format!(
            "<xs:complexType name='c{i}'><xs:complexContent><xs:extension base='t:c{}'><xs:sequence>\
             <xs:element name='b'/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>",
            i - 1
        );
    }
    chain += "<xs:element name='r' type='t:c189'/>";
    check(
        &chain,
        &[(&format!("<r><a/>{}</r>", "<b/>".repeat(189)), "ok"), ("<r><a/></r>", "expected at its end: `b`")],
    );
    // Attribute groups that name each other twice, with and without an end.
    for n in [62, 200] {
        let mut groups = "<xs:attributeGroup name='a0'/>".to_owned();
        for i in 1..=n {
            let two = format!("<xs:attributeGroup ref='t:a{}'/>", i - 1).repeat(2);
            groups += &format!("<xs:attributeGroup name='a{i}'>{two}</xs:attributeGroup>");
        }
        groups += &format!(
            "<xs:element name='r'><xs:complexType><xs:attributeGroup ref='t:a{n}'/></xs:complexType></xs:element>"
        );
        let expect = if n > 64 { "too deep" } else { "nothing" };
        let found = schema(&groups).err().unwrap_or_else(|| "nothing".to_owned());
        assert!(found.contains(expect), "{found}");
    }
    // Types that fail to be built cost as much as others: the first one that is too much ends it.
    let large =
        "<xs:sequence maxOccurs='40'>".repeat(30) + &"<xs:element name='a'/>".repeat(3) + &"</xs:sequence>".repeat(30);
    let many: String = (0..500).map(|i| format!("<xs:complexType name='c{i}'>{large}</xs:complexType>")).collect();
    let found = schema(&many).err().unwrap_or_default();
    assert_eq!(found.matches("too large").count(), 1, "{found}");
    // Attributes that many types inherit, along a chain and beside each other.
    let attributes: String = (0..900).map(|i| format!("<xs:attribute name='a{i}'/>")).collect();
    let derived = |name: &str, base: &str, own: &str| {
        format!(
            "<xs:complexType name='{name}'><xs:complexContent><xs:extension base='t:{base}'>{own}</xs:extension>\
             </xs:complexContent></xs:complexType>"
        )
    };
    let mut family = format!("<xs:complexType name='c0'>{attributes}</xs:complexType>");
    family.extend((0..6_000).map(|i| derived(&format!("d{i}"), "c0", "<xs:attribute name='x'/>")));
    assert!(schema(&family).err().unwrap_or_default().contains("too large"));
    let mut family = format!("<xs:complexType name='c0'>{attributes}</xs:complexType>");
    family.extend(
        (1..150).map(|i| derived(&format!("c{i}"), &format!("c{}", i - 1), &format!("<xs:attribute name='x{i}'/>"))),
    );
    assert!(schema(&family).err().unwrap_or_default().contains("more than 1000 attributes"));
    // Values of a long enumeration, many times: looked up, not compared one by one.
    let values: String = (0..9_000).map(|i| format!("<xs:enumeration value='value {i} '/>")).collect();
    let listed = format!(
        "<xs:simpleType name='e'><xs:restriction base='xs:token'>{values}</xs:restriction></xs:simpleType><xs:element name='r'>\
         <xs:complexType><xs:sequence><xs:element name='a' type='t:e' maxOccurs='unbounded'/></xs:sequence></xs:complexType>\
         </xs:element>"
    );
    let document = format!("<r>{}</r>", "<a> value  8999</a>".repeat(20_000));
    check(&listed, &[(&document, "ok"), ("<r><a>value</a></r>", "is none of")]);
    let counts = |n: usize| {
        let (open, close) = ("<xs:sequence minOccurs='1000' maxOccurs='2000'>".repeat(n), "</xs:sequence>".repeat(n));
        format!(
            "<xs:element name='r'><xs:complexType>{open}<xs:element name='a'/>{close}</xs:complexType></xs:element>"
        )
    };
    check(&counts(3), &[("<r><a/></r>", "ok"), ("<r/>", "expected at its end: `a`")]);
    // A union of unions of unions, each twice.
    let mut unions = "<xs:simpleType name='u0'><xs:restriction base='xs:int'/></xs:simpleType>".to_owned();
    for i in 1..=30 {
        unions += &format!("<xs:simpleType name='u{i}'><xs:union memberTypes='t:u{0} t:u{0}'/></xs:simpleType>", i - 1);
    }
    check(&format!("{unions}<xs:element name='r' type='t:u30'/>"), &[("<r>x</r>", "is wrong")]);
    // Each is tried once for a text, so that there is work left for what fits.
    let all = "<xs:simpleType name='all'><xs:union memberTypes='t:u30 t:u29 xs:string'/></xs:simpleType>";
    check(&format!("{unions}{all}<xs:element name='r' type='t:all'/>"), &[("<r>x</r>", "ok"), ("<r>1</r>", "ok")]);
    let ring =
        "<xs:simpleType name='u'><xs:union memberTypes='t:u t:u'/></xs:simpleType><xs:element name='r' type='t:u'/>";
    check(ring, &[("<r>x</r>", "is wrong")]);
    // Patterns that take long to compile: the same one is compiled once, others only so many.
    let patterns = |pattern: &dyn Fn(usize) -> String| {
        let kind = |i| {
            format!(
                "<xs:simpleType name='p{i}'><xs:restriction base='xs:string'><xs:pattern value='{}'/></xs:restriction></xs:simpleType>",
                pattern(i)
            )
        };
        format!("{}<xs:element name='r' type='t:p7'/>", (0..400).map(kind).collect::<String>())
    };
    check(&patterns(&|_| "\\w{9}".to_owned()), &[("<r>aaaaaaaaa</r>", "ok")]);
    let many = schema(&patterns(&|i| format!("\\w{{9}}{i}"))).map(|_| ()).unwrap_err();
    assert!(many.contains("the patterns of the schema are too many, or too large"), "{many}");
    let any = "<xs:element name='r'/>";
    let deep = format!("<r>{}{}</r>", "<a>".repeat(200_000), "</a>".repeat(200_000));
    check(any, &[(&deep, "nested more than 128 deep")]);
    let attributes: String = (0..600).map(|i| format!(" a{i}=''")).collect();
    check(any, &[(&format!("<r><b{attributes}/></r>"), "more than 500 attributes"), ("<r >", "not well-formed")]);
    let space = "x".repeat(2_000);
    check(any, &[(&format!("<r xmlns:x='{space}'/>"), "the name of a namespace is longer")]);
    // Ways that lead to the same are tried once, not at each child.
    let nothing = format!(
        "<xs:element name='r'><xs:complexType><xs:choice maxOccurs='unbounded'>{}<xs:element name='a'/></xs:choice>\
         </xs:complexType></xs:element>",
        "<xs:sequence/>".repeat(9_000)
    );
    check(&nothing, &[(&format!("<r>{}</r>", "<a/>".repeat(20_000)), "ok")]);
    let nested = format!(
        "<xs:element name='r'>{}</xs:element>",
        "<xs:complexType><xs:sequence><xs:element name='a'>".repeat(60)
    );
    assert!(schema(&nested).is_err());
}

/// Texts that somebody damaged: never a panic, and soon.
#[test]
fn damaged_schemas_and_documents() {
    let schema_text = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t'>\
        <xs:simpleType name='s'><xs:restriction base='xs:decimal'><xs:pattern value='[0-9.]{1,9}'/><xs:maxInclusive value='99'/>\
        </xs:restriction></xs:simpleType><xs:simpleType name='l'><xs:list itemType='t:s'/></xs:simpleType>\
        <xs:group name='g'><xs:choice maxOccurs='unbounded'><xs:element name='a' type='t:s'/><xs:any processContents='lax'/>\
        </xs:choice></xs:group><xs:complexType name='c' mixed='true'><xs:group ref='t:g' minOccurs='0'/>\
        <xs:attribute name='d' type='xs:dateTime'/></xs:complexType><xs:complexType name='e'><xs:complexContent>\
        <xs:extension base='t:c'><xs:sequence><xs:element name='b' type='t:l' minOccurs='2' maxOccurs='9'/></xs:sequence>\
        </xs:extension></xs:complexContent></xs:complexType><xs:element name='r' type='t:e'><xs:unique name='u'>\
        <xs:selector xpath='.//b|a'/><xs:field xpath='.'/></xs:unique></xs:element></xs:schema>";
    let document = "<t:r xmlns:t='urn:t' d='2026-11-22T08:00:00Z'>x<a>1.5</a><z/><b>1 2</b><b>3</b></t:r>";
    let whole = compile(schema_text).unwrap();
    assert_eq!(said(&whole, document), "ok");
    let mut seed = 1_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let bits = [
        "'",
        "<",
        ">",
        "/>",
        "",
        "''",
        "0",
        "-",
        "unbounded",
        "t:",
        "xs:",
        "999999999999",
        "{",
        "[",
        "\u{e9}",
        "&#0;",
        "e",
    ];
    for _ in 0..3_000 {
        let mut damaged = |text: &str| {
            let mut text = text.to_owned();
            for _ in 0..1 + next(2) {
                let (mut from, mut to) = (next(text.len()), next(12));
                while !text.is_char_boundary(from) {
                    from -= 1;
                }
                to = (from + to).min(text.len());
                while !text.is_char_boundary(to) {
                    to += 1;
                }
                text.replace_range(from..to, bits[next(bits.len())]);
            }
            text
        };
        let (schema_text, document) = (damaged(schema_text), damaged(document));
        let _ = said(&whole, &document);
        if let Ok(schema) = compile(&schema_text) {
            let _ = said(&schema, &document);
        }
    }
}
