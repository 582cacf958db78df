/** JSON modules are data of unknown shape: each importer says what it expects (and the compiler need not read a megabyte of literals). */
declare module '*.json' {
  const value: unknown;
  export default value;
}
