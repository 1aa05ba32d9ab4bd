using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Pipeline.Teaching;
using SernetStream.Speech;
using SernetStream.State;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd enrol --name ANNA</c>: learns how a person sounds when nothing is the matter.</summary>
internal static class EnrolCommand
{
    private const int LongestName = 40;

    public static Command Create()
    {
        var command = new Command(
            "enrol",
            $"Learn how a person usually sounds, from {Enrolment.Wanted} sentences. The result is numbers, kept in the "
            + "state folder until 'sernetd forget'; it needs learn: keep in the configuration.");
        var name = new Option<string>("--name") { Description = "The name of the speaker, also for 'sernetd forget'.", HelpName = "NAME", Required = true };
        command.Add(name);
        var options = new SettingOptions(command);
        command.SetAction((parsed, stop) => Task.Run(() => Run(parsed.GetRequiredValue(name), options.Load(parsed), stop), CancellationToken.None));
        return command;
    }

    private static int Run(string name, SettingValues settings, CancellationToken stop)
    {
        CheckName(name);
        if (settings.Get(Settings.Learn) != Learning.Keep)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"Nothing may be kept of {name}, because learn is {settings.Get(Settings.Learn).ToString().ToLowerInvariant()}. If {name} agrees, set learn: keep in the "
                + "configuration that sernetd runs with, and name it here (--config FILE).");
        }

        using var model = EmotionModel.Load(settings.Get(Settings.Model));
        if (!Enrolment.CanEnrol(model.Card))
        {
            throw new CommandException(ExitCode.Usage, $"{model.Card.Name} cannot learn how people sound; use {ModelCatalog.Default}.");
        }

        var file = LearntFile.Of(settings.Node()) ?? throw new CommandException(
            ExitCode.Failed, "There is no folder to keep it in; set STATE_DIRECTORY, as systemd does for a service, or HOME.");
        var state = Read(file, model.Card);
        var (end, learnt) = Listen(name, settings, model, stop);
        if (end != EnrolmentEnd.Learnt)
        {
            throw new CommandException(ExitCode.Input, $"{Explain(end)} Nothing is learnt of {name}.");
        }

        Keep(file, state.With(name, learnt), model.Card);
        Console.WriteLine(
            $"Learnt how {name} sounds, kept in {file.Location}. A sernetd that runs takes it with its next start, or when an utterance is labelled. "
            + $"To forget it: sernetd forget --node {settings.Node()} --name {name}");
        return ExitCode.Done;
    }

    private static void CheckName(string name)
    {
        if (name.Length > LongestName || name.Any(char.IsControl))
        {
            throw new CommandException(ExitCode.Usage, $"--name must be a line of at most {LongestName} characters.");
        }
    }

    private static LearntState Read(LearntFile file, ModelCard card)
    {
        var (state, problem) = file.Read(card);
        return state ?? throw new CommandException(ExitCode.Failed, $"{problem}.");
    }

    private static (EnrolmentEnd End, Models.Teaching.LabelledMoments Learnt) Listen(
        string name, SettingValues settings, EmotionModel model, CancellationToken stop)
    {
        var detectors = new SpeechDetectorFactory(settings.Get(Settings.GateDetector));
        using var detector = detectors.Create();
        using var source = settings.OpenSource(_ => { }, stop);
        using var enrolment = new Enrolment(model, settings.Pipeline().Gate, Tell);
        Console.WriteLine(
            $"Listening to {source.Name}. {name}, please say {Enrolment.Wanted} sentences as you usually speak, with a pause after each; nobody else, please.");
        try
        {
            return (enrolment.Listen(source, detector, stop), enrolment.Learnt);
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failed, $"Stopped. Nothing is learnt of {name}.");
        }
    }

    private static void Tell(EnrolmentStep step)
    {
        var problem = step.Counts ? ""
            : step.AboveNoiseDb < Enrolment.LeastAboveNoiseDb ? $"only {step.AboveNoiseDb:0} dB above the room, {Enrolment.LeastAboveNoiseDb:0} are needed; come closer: "
            : "too short, say a whole sentence: ";
        Console.WriteLine($"  {problem}{step.Seconds:0.0} s at {step.LevelDb:0} dB. {step.Counted} of {Enrolment.Wanted}");
    }

    private static string Explain(EnrolmentEnd end) => end switch
    {
        EnrolmentEnd.NoSpeech =>
            $"Nobody was heard. Is it the right microphone ('sernetd devices')? 'sernetd doctor' listens to it.",
        EnrolmentEnd.TooLittleSpeech =>
            $"Too little was said: {Enrolment.Wanted} sentences of a second and more are needed, and no pause of more than {Enrolment.LongestSilence:0} s between them.",
        EnrolmentEnd.NoisyRoom =>
            $"The room is too noisy: speech must be {Enrolment.LeastAboveNoiseDb:0} dB above it. Switch off what makes noise, or come closer to the microphone.",
        _ => "It sounds as if more than one person spoke. Try again with one person at a time; each needs a name of their own.",
    };

    private static void Keep(LearntFile file, LearntState state, ModelCard card)
    {
        try
        {
            file.Write(state, card);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Failed, $"What was learnt cannot be kept in {file.Location}: {error.Message} For a service, run this as its user (sudo -u).");
        }
    }
}
