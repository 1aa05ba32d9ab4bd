using System.Text;
using SernetStream.Configuration;

namespace SernetStream.Setup;

/// <summary>
/// Questions to a person at a terminal, with an answer that Enter takes. Where nobody is to be asked (<c>--yes</c>) that
/// answer is taken, and where there is no such answer, it is said which flag gives one.
/// </summary>
/// <param name="input">What is typed.</param>
/// <param name="output">What is shown.</param>
/// <param name="isAsking">Whether somebody is there who is to be asked.</param>
internal sealed class Conversation(TextReader input, TextWriter output, bool isAsking)
{
    /// <summary>Whether somebody is asked.</summary>
    public bool IsAsking => isAsking;

    /// <summary>Says a line.</summary>
    public void Say(string line = "") => output.WriteLine(line);

    /// <summary>Shows a line that the next one overwrites.</summary>
    public void Show(string line)
    {
        output.Write($"\r{line}\e[K");
        output.Flush();
    }

    /// <summary>Asks for a text.</summary>
    /// <param name="question">The question, without a question mark's space.</param>
    /// <param name="proposed">What Enter means; null: nothing.</param>
    /// <param name="flag">The flag that answers it.</param>
    /// <param name="problem">What is wrong with an answer, as a sentence; null: nothing.</param>
    /// <exception cref="CommandException">Nobody is asked, and there is no proposal; or the input has ended.</exception>
    public string Ask(string question, string? proposed, string flag, Func<string, string?>? problem = null)
    {
        if (!isAsking)
        {
            return proposed ?? throw new CommandException(ExitCode.Usage, $"{question} Nobody is asked with --yes: say it by {flag}.");
        }

        while (true)
        {
            output.Write(proposed is null ? $"{question} " : $"{question} [{proposed}] ");
            output.Flush();
            var answer = ReadLine().Trim() is { Length: > 0 } typed ? typed : proposed;
            if (answer is null)
            {
                continue;
            }

            if (problem?.Invoke(answer) is not { } wrong)
            {
                return answer;
            }

            Say(wrong);
        }
    }

    /// <summary>Asks yes or no.</summary>
    public bool Confirm(string question, bool proposed)
    {
        if (!isAsking)
        {
            return proposed;
        }

        while (true)
        {
            output.Write($"{question} [{(proposed ? "Y/n" : "y/N")}] ");
            output.Flush();
            switch (ReadLine().Trim().ToLowerInvariant())
            {
                case "":
                    return proposed;
                case "y" or "yes":
                    return true;
                case "n" or "no":
                    return false;
                default:
                    Say("Please answer y or n.");
                    break;
            }
        }
    }

    /// <summary>Lets one of a few be chosen by its number, or something else be typed.</summary>
    /// <param name="question">The question.</param>
    /// <param name="offers">What there is: the value, and how it is shown.</param>
    /// <param name="proposed">Which of them Enter means; below zero: none.</param>
    /// <param name="flag">The flag that answers it.</param>
    public string Choose(string question, IReadOnlyList<(string Value, string Shown)> offers, int proposed, string flag)
    {
        if (isAsking)
        {
            for (var number = 0; number < offers.Count; number++)
            {
                Say($"  {number + 1}) {offers[number].Shown}");
            }
        }

        var answer = Ask(question, proposed < 0 ? null : isAsking ? $"{proposed + 1}" : offers[proposed].Value, flag);
        return isAsking && int.TryParse(answer, out var chosen) && chosen >= 1 && chosen <= offers.Count ? offers[chosen - 1].Value : answer;
    }

    /// <summary>Asks for something that is not to be seen while it is typed.</summary>
    public string AskSecret(string question, string flag)
    {
        if (!isAsking)
        {
            throw new CommandException(ExitCode.Usage, $"{question} Nobody is asked with --yes: say it by {flag}.");
        }

        output.Write($"{question} ");
        output.Flush();
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Say();
        return typed.ToString();
    }

    private string ReadLine() => input.ReadLine()
        ?? throw new CommandException(ExitCode.Usage, "The input has ended before all questions were answered. Nothing was changed.");
}
