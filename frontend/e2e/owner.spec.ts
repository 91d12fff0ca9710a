import { composer, expect, messages, test, write } from './test';

test('an owner link signs the owner in, once', async ({ hub, visit, problems }) => {
  const link = await hub.ownerLink();
  const owner = await visit(link);
  await expect(composer(owner)).toBeVisible();
  expect(owner.url()).not.toContain('t='); // a secret does not stay in the address bar
  await owner.reload();
  await expect(composer(owner)).toBeVisible();

  const late = await visit(link);
  await expect(late.getByRole('heading', { level: 1 })).toContainText('owner link');
  await expect(late.getByText('hearth open', { exact: true })).toBeVisible();
  await late.getByRole('button', { name: 'Go on without it' }).click();
  await expect(late.getByLabel('Your name')).toBeVisible();

  const refusals = problems.splice(0); // the browser reports the refusal by itself
  expect(refusals).toHaveLength(1);
  expect(refusals[0]).toContain('403');
});

test('the owner may delete what others wrote', async ({ hub, visit, join }) => {
  const owner = await visit(await hub.ownerLink());
  const bob = await join('bob');
  await write(bob, 'spam');
  await messages(owner).last().hover();
  await owner.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
  await owner.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(messages(bob).last()).not.toContainText('spam');
});
