//! The tree of a program.
use crate::token::{Name, Pos};
use std::sync::Arc;

/// A type as written; generics are read and dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeRef {
    /// Name, simple or qualified.
    pub name: Name,
    /// How many `[]` follow.
    pub dims: u8,
}

/// A constant.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum Const {
    Null,
    Bool(bool),
    Int(i32),
    Long(i64),
    Big(String),
    Dec(String),
    Double(f64),
    Float(f32),
    Str(Name),
}

/// A piece of an interpolated string.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Part {
    Text(Name),
    Code(Expr),
}

/// Binary operators that do not decide by themselves whether the right side is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pow,
    Shl,
    Shr,
    UShr,
    BitAnd,
    BitOr,
    BitXor,
    Eq,
    Ne,
    Is,
    IsNot,
    Lt,
    Le,
    Gt,
    Ge,
    Cmp,
    Find,
    Match,
    In,
}

/// Operators in front of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum UnOp {
    Not,
    Neg,
    Plus,
    BitNot,
}

/// An expression and where it begins.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: Box<ExprKind>,
    /// Where it begins.
    pub pos: Pos,
}

/// How a member is reached: `.`, `?.` or `*.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Reach {
    Plain,
    Safe,
    Spread,
}

/// A member's name: fixed or computed.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Member {
    Fixed(Name),
    Computed(Expr),
}

/// The kinds of expressions.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ExprKind {
    Const(Const),
    GString(Vec<Part>),
    Name(Name),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Spread(Expr),
    SpreadMap,
    Range {
        from: Expr,
        to: Expr,
        inclusive: bool,
    },
    Unary(UnOp, Expr),
    IncDec {
        target: Expr,
        up: bool,
        prefix: bool,
    },
    Binary(BinOp, Expr, Expr),
    And(Expr, Expr),
    Or(Expr, Expr),
    Ternary(Expr, Expr, Expr),
    Elvis(Expr, Expr),
    Assign(Expr, Option<BinOp>, Expr),
    MultiAssign(Vec<Expr>, Expr),
    InstanceOf(Expr, TypeRef),
    Cast(TypeRef, Expr),
    As(Expr, TypeRef),
    Prop {
        obj: Expr,
        name: Member,
        reach: Reach,
        attr: bool,
    },
    MethodPtr(Expr, Member),
    Index(Expr, Vec<Expr>),
    Call {
        obj: Option<Expr>,
        name: Member,
        args: Vec<Expr>,
        reach: Reach,
    },
    CallValue(Expr, Vec<Expr>),
    New {
        ty: TypeRef,
        args: Vec<Expr>,
        body: Option<Arc<ClassDecl>>,
    },
    NewArray {
        ty: TypeRef,
        sizes: Vec<Expr>,
    },
    ArrayOf {
        ty: TypeRef,
        items: Vec<Expr>,
    },
    Closure(Arc<ClosureDecl>),
    ClassLiteral(TypeRef),
    /// `super` inside this class.
    Super(Name),
    /// `this(…)` or, with `up`, `super(…)` inside the constructor of this class.
    ConstructorCall {
        class: Name,
        up: bool,
        args: Vec<Expr>,
    },
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Name.
    pub name: Name,
    /// Declared type.
    pub ty: Option<TypeRef>,
    /// Value if the argument is left out.
    pub default: Option<Expr>,
    /// `T... rest`.
    pub varargs: bool,
}

/// A closure literal.
#[derive(Debug)]
pub struct ClosureDecl {
    /// The class Groovy would make of it.
    pub class: Name,
    /// Parameters; none means the implicit `it`.
    pub params: Option<Vec<Param>>,
    /// Statements.
    pub body: Vec<Stmt>,
}

/// A method, a function of the script or a constructor.
#[derive(Debug)]
pub struct MethodDecl {
    /// Name; a constructor is called `<init>`.
    pub name: Name,
    /// Parameters.
    pub params: Vec<Param>,
    /// Declared type of the result.
    pub ret: Option<TypeRef>,
    /// Statements.
    pub body: Vec<Stmt>,
    /// `static`.
    pub is_static: bool,
    /// No body.
    pub is_abstract: bool,
    /// Line of its name.
    pub line: u32,
}

/// A field of a class, or a script variable with `@Field`.
#[derive(Debug)]
pub struct FieldDecl {
    /// Name.
    pub name: Name,
    /// Declared type.
    pub ty: Option<TypeRef>,
    /// First value.
    pub init: Option<Expr>,
    /// `static`.
    pub is_static: bool,
    /// `final`.
    pub is_final: bool,
    /// Written with `private`, `public`, `protected` or without any type: no property or one.
    pub hidden: bool,
    /// Annotations.
    pub notes: Vec<Note>,
}

/// A constant of an enum.
#[derive(Debug)]
pub struct EnumConstant {
    /// Name.
    pub name: Name,
    /// Arguments of the constructor.
    pub args: Vec<Expr>,
    /// Methods of its own.
    pub body: Option<Arc<ClassDecl>>,
}

/// An annotation: its name and the source between its parentheses.
#[derive(Debug, Clone)]
pub struct Note {
    /// Name as written.
    pub name: Name,
    /// What stands between the parentheses.
    pub args: Name,
}

/// A class, interface, trait or enum.
#[derive(Debug)]
pub struct ClassDecl {
    /// Name without package; `Outer$Inner` for a class inside a class.
    pub name: Name,
    /// The class around it.
    pub outer: Option<Name>,
    /// Annotations.
    pub notes: Vec<Note>,
    /// `static`, or an enum or interface.
    pub is_static: bool,
    /// `abstract`, or an interface.
    pub is_abstract: bool,
    /// Blocks that run for every new object.
    pub blocks: Vec<Stmt>,
    /// What it extends.
    pub parent: Option<TypeRef>,
    /// What it implements.
    pub interfaces: Vec<TypeRef>,
    /// Fields in order.
    pub fields: Vec<FieldDecl>,
    /// Methods.
    pub methods: Vec<Arc<MethodDecl>>,
    /// Constants of an enum with their arguments.
    pub constants: Vec<EnumConstant>,
    /// Static initialisers.
    pub statics: Vec<Stmt>,
    /// Classes declared inside.
    pub inner: Vec<Arc<ClassDecl>>,
    /// `enum`.
    pub is_enum: bool,
    /// `interface` or `trait`.
    pub is_interface: bool,
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Qualified name, without `.*`.
    pub path: Name,
    /// `as` name.
    pub alias: Option<Name>,
    /// Ends with `.*`.
    pub star: bool,
    /// `import static`.
    pub is_static: bool,
}

/// One `catch`.
#[derive(Debug, Clone)]
pub struct Catch {
    /// Types; none means Exception.
    pub types: Vec<TypeRef>,
    /// Variable.
    pub name: Name,
    /// Statements.
    pub body: Vec<Stmt>,
}

/// A statement and where it begins.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where it begins.
    pub pos: Pos,
}

/// The kinds of statements.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StmtKind {
    Expr(Expr),
    Var { vars: Vec<(Name, Option<TypeRef>, Option<Expr>)> },
    MultiVar { vars: Vec<(Name, Option<TypeRef>)>, init: Expr },
    If { arms: Vec<(Expr, Vec<Stmt>)>, otherwise: Option<Vec<Stmt>> },
    While { label: Option<Name>, cond: Expr, body: Vec<Stmt>, test_last: bool },
    For { label: Option<Name>, init: Vec<Stmt>, cond: Option<Expr>, update: Vec<Expr>, body: Vec<Stmt> },
    ForIn { label: Option<Name>, name: Name, ty: Option<TypeRef>, items: Expr, body: Vec<Stmt> },
    Switch { label: Option<Name>, value: Expr, cases: Vec<(Option<Expr>, Vec<Stmt>)> },
    Try { body: Vec<Stmt>, catches: Vec<Catch>, finally: Option<Vec<Stmt>> },
    Block(Vec<Stmt>),
    Return(Option<Expr>),
    Break(Option<Name>),
    Continue(Option<Name>),
    Throw(Expr),
    Assert { cond: Expr, message: Option<Expr>, text: Name },
}

/// A whole source file.
#[derive(Debug, Default)]
pub struct Unit {
    /// `package`.
    pub package: Option<Name>,
    /// Imports in order.
    pub imports: Vec<Import>,
    /// Classes.
    pub classes: Vec<Arc<ClassDecl>>,
    /// Functions of the script.
    pub methods: Vec<Arc<MethodDecl>>,
    /// Variables with `@Field`.
    pub fields: Vec<FieldDecl>,
    /// Statements outside functions.
    pub body: Vec<Stmt>,
    /// Functions by name.
    pub functions: crate::token::ByName<Arc<[Arc<MethodDecl>]>>,
}
