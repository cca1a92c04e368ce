import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from 'swarmstate/cache';

describe('the system clock', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('[Y35] systemClock counts whole milliseconds, and is not set back with the time of day', () => {
    jest.advanceTimersByTime(1500);
    const before = systemClock.now();
    expect(Number.isInteger(before)).toBe(true);
    jest.setSystemTime(0);
    expect(systemClock.now()).toBe(before);
    jest.advanceTimersByTime(10);
    expect(systemClock.now()).toBe(before + 10);
  });

  test('[Y35] systemClock calls back once, also after months, and not after it was cancelled', () => {
    const days = 24 * 3600 * 1000;
    const called: string[] = [];
    systemClock.callAt(systemClock.now() + 60 * days, () => called.push('late'));
    const cancel = systemClock.callAt(systemClock.now() + 40 * days, () => called.push('never'));
    systemClock.callAt(systemClock.now() - 5, () => called.push('at once'));
    expect(called).toEqual([]);
    jest.advanceTimersByTime(30 * days);
    expect(called).toEqual(['at once']);
    cancel();
    jest.advanceTimersByTime(29 * days);
    expect(called).toEqual(['at once']);
    jest.advanceTimersByTime(2 * days);
    expect(called).toEqual(['at once', 'late']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('[Y35] systemClock sets a timer again that fires too early', () => {
    const time = systemClock.now() + 100;
    let called = 0;
    systemClock.callAt(time, () => called++);
    const spy = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 99);
    jest.advanceTimersByTime(100);
    expect(called).toBe(0);
    spy.mockRestore();
    jest.advanceTimersByTime(1);
    expect(called).toBe(1);
  });
});

test('[Y35] systemClock refuses a time that is NaN', () => {
  expect(() => systemClock.callAt(Number.NaN, () => undefined)).toThrow(RangeError);
});
