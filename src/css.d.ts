/** The bundler takes style sheets in as text; only the demo's page has one. */
declare module '*.css' {
  const text: string;
  export default text;
}
