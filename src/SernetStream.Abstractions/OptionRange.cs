using System.Globalization;
using System.Runtime.CompilerServices;

namespace SernetStream;

/// <summary>How every options class of this project refuses a value: by its name, the value, and its range.</summary>
internal static class OptionRange
{
    /// <summary>Refuses a value outside its range.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="value">The value, written as the property it is.</param>
    /// <param name="range">What it must be, such as <c>0..1</c>.</param>
    /// <param name="field">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException"><c>hopLength is 0; it must be 1..1024.</c></exception>
    public static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string field = "")
    {
        if (!holds)
        {
            var name = char.ToLowerInvariant(field[0]) + field[1..];
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be {range}."), name);
        }
    }
}
