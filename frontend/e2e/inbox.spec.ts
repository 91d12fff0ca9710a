import { expect, test } from './test';

test('an empty inbox teaches the command for this very hub', async ({ hub, join }) => {
  const ada = await join('ada', '/#/inbox');
  const command = `curl -d "Backup done" ${hub.url}/backups`;
  await expect(ada.getByText(command)).toBeVisible();
  await hub.send('POST', '/backups', 'Backup done'); // what that command sends
  const item = ada.getByRole('region', { name: 'Inbox' }).getByRole('button', { name: /backups/ });
  await expect(item).toContainText('Backup done');
  await expect(ada.getByText(command)).toHaveCount(0);
});

test('title, tags and priority arrive, and alerts are a list of their own', async ({ hub, join }) => {
  const ada = await join('ada', '/#/inbox');
  const inbox = ada.getByRole('region', { name: 'Inbox' });
  await hub.send('POST', '/nas', 'rebuild finished', { Title: 'Array healthy', Tags: 'floppy_disk,raid' });
  const quiet = inbox.getByRole('button', { name: /Array healthy/ });
  await expect(quiet).toContainText('💾 Array healthy');
  await expect(quiet).toContainText('raid');
  await expect(ada.getByRole('alert')).toHaveCount(0);

  await hub.send('POST', '/nas', 'disk 3 failed', { Title: 'Array degraded', Priority: 'urgent' });
  await expect(inbox.getByRole('button', { name: /Unread. Urgent: Array degraded/ })).toBeVisible();
  await expect(ada.getByRole('alert')).toContainText('Array degraded'); // for screen readers: the list is in view
  await inbox.getByRole('radio', { name: 'Alerts' }).check();
  await expect(inbox.getByRole('button', { name: /Array/ })).toHaveCount(1);
});

test('urgent notifications interrupt, once', async ({ hub, join }) => {
  const ada = await join('ada', '/#/room/lobby');
  await hub.send('POST', '/nas', 'all is well', { Priority: 'low' });
  // What was there before the page had asked is old news and does not interrupt: it has to have asked.
  await expect(ada.getByText('1 unread notification')).toBeAttached();
  await hub.send('POST', '/nas', 'disk 3 failed', { Title: 'Array degraded', Priority: 'urgent' });
  const alert = ada.getByRole('alert');
  await expect(alert).toHaveCount(1);
  await expect(alert).toContainText('disk 3 failed');
  await alert.getByRole('button', { name: /Dismiss/ }).click();
  await expect(alert).toHaveCount(0);

  await ada.reload();
  await ada.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: /Inbox/ }).click();
  const inbox = ada.getByRole('region', { name: 'Inbox' });
  await expect(inbox.getByRole('button', { name: /Unread. Urgent: Array degraded/ })).toBeVisible();
  await expect(alert).toHaveCount(0);
});

test('what was read is read on the other device too', async ({ hub, join }) => {
  const ada = await join('ada', '/#/inbox');
  await hub.send('POST', '/one', 'first');
  await hub.send('POST', '/two', 'second');
  const inbox = ada.getByRole('region', { name: 'Inbox' });
  await expect(inbox.getByRole('button', { name: /^Unread/ })).toHaveCount(2);

  const other = await ada.context().newPage(); // the same peer
  await other.goto(new URL('/#/inbox', hub.url).href);
  const elsewhere = other.getByRole('region', { name: 'Inbox' });
  await inbox.getByRole('button', { name: /one/ }).click();
  await expect(elsewhere.getByRole('button', { name: /^Unread/ })).toHaveCount(1);
  await elsewhere.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(inbox.getByRole('button', { name: /^Unread/ })).toHaveCount(0);
  await other.reload();
  await expect(elsewhere.getByRole('button', { name: /second/ })).toBeVisible();
  await expect(elsewhere.getByRole('button', { name: /^Unread/ })).toHaveCount(0);
});
