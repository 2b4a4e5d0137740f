import { expect, type Browser, type Locator, type Page } from '@playwright/test';

/** The panel of rooms beside a page, as one person uses it. */
export class Rooms {
  readonly page: Page;
  readonly root: Locator;
  readonly composer: Locator;
  readonly messages: Locator;

  constructor(page: Page) {
    this.page = page;
    this.root = page.locator('.rooms');
    this.composer = this.root.getByTestId('composer');
    this.messages = this.root.getByTestId('message');
  }

  /** Opens a page in a context of its own, and takes a name there. */
  static async join(browser: Browser, url: string, name: string, path = '/rooms'): Promise<Rooms> {
    const context = await browser.newContext();
    const rooms = new Rooms(await context.newPage());
    await rooms.page.goto(`${url}${path}`);
    if (path !== '/rooms') await rooms.toggle();
    await rooms.takeName(name);
    return rooms;
  }

  /** Presses the button in the rail. */
  async toggle(): Promise<void> {
    await this.page.getByTestId('rooms-open').click();
  }

  async takeName(name: string): Promise<void> {
    await this.root.getByLabel('Your name').fill(name);
    await this.root.getByRole('button', { name: 'Join the conversation' }).click();
    await expect(this.composer).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.composer).toHaveValue('');
  }

  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  /** Chooses an entry of a message's menu. */
  async choose(text: string, entry: 'Quote' | 'Edit' | 'Delete'): Promise<void> {
    const message = this.message(text);
    await message.hover();
    await message.getByTestId('menu').click();
    await message.getByRole('button', { name: entry }).click();
  }

  /** Everything that was said, oldest first. */
  texts(): Promise<string[]> {
    return this.root.locator('.message-text').allInnerTexts();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
