import { Archive, Hash, Lock } from '../ui/icons';
import type { RoomView } from './rooms.svelte';

/** What stands before a room's name: by its shape one sees where one cannot write. */
export const roomIcon = (room: RoomView | undefined) =>
  room?.archived ? Archive : room?.readOnly ? Lock : Hash;
