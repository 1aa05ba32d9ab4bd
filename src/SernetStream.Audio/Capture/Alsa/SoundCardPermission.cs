namespace SernetStream.Audio.Capture.Alsa;

/// <summary>
/// Sound cards that this user may not open do not appear in PortAudio's list; the user should hear why.
/// </summary>
internal static class SoundCardPermission
{
    public const string Advice =
        "This user may not open the sound cards: sudo usermod -aG audio \"$USER\", then log in again.";

    /// <summary>True if there is a sound card, and it may not be opened.</summary>
    public static bool IsDenied(string folder = "/dev/snd")
    {
        if (!Directory.Exists(folder))
        {
            return false;
        }

        try
        {
            foreach (var control in Directory.EnumerateFileSystemEntries(folder, "controlC*"))
            {
                File.OpenHandle(control, FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose();
            }

            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            // A card that is just being unplugged says nothing about permission.
            return false;
        }
    }
}
