/** Renders Markdown as HTML. */
export default class MarkdownIt {
  render(markdown: string): string;
}
