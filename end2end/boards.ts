import { expect, type Browser, type Locator, type Page } from '@playwright/test';

/** A board, as one person uses it. */
export class Board {
  readonly page: Page;
  readonly root: Locator;
  readonly items: Locator;
  readonly panel: Locator;
  readonly saved: Locator;

  constructor(page: Page) {
    this.page = page;
    this.root = page.getByTestId('board');
    this.items = this.root.getByTestId('board-item');
    this.panel = page.getByTestId('board-panel');
    this.saved = this.root.getByTestId('board-saved');
  }

  /** Opens an address in a context of its own. */
  static async open(browser: Browser, url: string): Promise<Board> {
    const context = await browser.newContext();
    const board = new Board(await context.newPage());
    await board.page.goto(url);
    await expect(board.page.getByTestId('board-edit')).toBeVisible();
    return board;
  }

  /** Creates one of a template through the page of all boards, which leads to it. */
  async create(url: string, title: string, template: string): Promise<void> {
    await this.page.goto(`${url}/boards`);
    const form = this.page.getByTestId('board-form');
    const isNew = this.page.getByTestId('board-new');
    await expect(isNew).toBeVisible();
    if (!(await form.isVisible())) await isNew.click();
    await form.getByTestId('board-title').fill(title);
    await form.getByTestId(`template-${template}`).check();
    await form.getByRole('button', { name: 'Create board' }).click();
    await expect(this.root.getByRole('heading', { level: 1 })).toHaveText(title);
  }

  async edit(): Promise<void> {
    await this.page.getByTestId('board-edit').click();
    await expect(this.root).toHaveAttribute('data-editing', 'true');
  }

  /** Adds a widget of a kind, whose panel is open then. */
  async add(kind: string): Promise<void> {
    const before = await this.items.count();
    await this.page.getByTestId('board-add').click();
    await this.page.getByTestId(`kind-${kind}`).click();
    await expect(this.items).toHaveCount(before + 1);
    await expect(this.panel.getByTestId('widget-title')).toBeVisible();
  }

  /** Fills a field of the panel, and leaves it. */
  async set(testId: string, value: string): Promise<void> {
    const field = this.panel.getByTestId(testId);
    await field.fill(value);
    await field.press('Tab');
  }

  /** Renames the board. */
  async rename(title: string): Promise<void> {
    const field = this.page.getByTestId('board-title');
    await field.fill(title);
    await field.press('Tab');
  }

  item(title: string): Locator {
    return this.items.filter({ has: this.page.getByRole('heading', { name: title, exact: true }) });
  }

  /** Where widgets are: column, row, width and height of each by its title. */
  places(): Promise<string[]> {
    return this.items.evaluateAll((items) =>
      items.map((item) => item.getAttribute('aria-label') ?? ''),
    );
  }

  async isSaved(): Promise<void> {
    await expect(this.saved).toHaveAttribute('data-state', 'saved');
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
