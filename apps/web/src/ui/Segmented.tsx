import "./button.css";

export interface SegmentedOption<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** One of a few: buttons with a pressed state. Where the choice lives in the address, use links instead (`RangePicker`). */
export function Segmented<T extends string>({
  label,
  options,
  value,
  onChoose,
}: {
  readonly label: string;
  readonly options: readonly SegmentedOption<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChoose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
