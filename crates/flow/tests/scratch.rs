use saphyr::*;
fn show(n:&MarkedYaml,d:usize){ let s=&n.span; print!("{}[{}:{}-{}:{}] ", " ".repeat(d), s.start.line(), s.start.col(), s.end.line(), s.end.col());
 match &n.data { YamlData::Sequence(v)=>{println!("seq"); for x in v {show(x,d+2)}}, YamlData::Mapping(m)=>{println!("map"); for (k,v) in m {show(k,d+1);show(v,d+3)}}, o=>println!("{o:?}")}}
#[test] fn t(){
 for t in ["a: b\n\"q\": 'it''s'\nl:\n  - 1\n  - x: y\n    z: |\n      text\n      more\n  - {a: 1, b: [1, 2]}\ne:\nz: plain text  # c\nm: plain\n  multi\n", "a: {{x}}\n", "", "# c\n", "a: &x 1\nb: *x\nc: *y\n", "a: 1\na: 2\n", "a: \"x\n", "a:\n\tb: 1\n", "a: b: c", "a: !foo [1]\nb: !!str 3", "--- a\n--- b\n", "a: *x", "<<: {a: 1}", "- a\n -b: 1\n", "a: [1,2\nb: 1\n","é: ü\nx: @a\n", "\u{feff}a: 1\n", "a: %x\n"] {
  println!("=== {t:?}"); match MarkedYaml::load_from_str(t) { Ok(ds)=>for d in &ds {show(d,0)}, Err(e)=>println!("ERR {:?} {} | {}", e.marker(), e.info(), e) }
 }
}
