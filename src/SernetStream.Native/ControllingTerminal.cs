namespace SernetStream.Native;

/// <summary>
/// The terminal that a program was started in. SIGHUP comes when it is closed, but also from people who want a program to read its
/// configuration again: whether the terminal is still there tells which (tty_ioctl(4), credentials(7)).
/// </summary>
public sealed class ControllingTerminal
{
    private const string Device = "/dev/tty";

    private readonly bool _wasThere;

    private ControllingTerminal(bool isThere) => _wasThere = isThere;

    /// <summary>Whether the program was started in a terminal, which has been closed since.</summary>
    public bool IsGone => _wasThere && !IsThere();

    /// <summary>That of this process, as it is now.</summary>
    public static ControllingTerminal Of() => new(IsThere());

    private static bool IsThere()
    {
        try
        {
            using var terminal = File.OpenHandle(Device);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // ENXIO: there is none.
            return false;
        }
    }
}
